"""`python -m projector`: runs until SIGTERM or SIGINT, then finishes its batch and exits 0."""

import sys
import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

import bootstrap
from domain.errors import Unavailable, first_line
from eventstore.codec import EventCodec
from leaving.eraser import Eraser
from moderation.follower import Follower
from readmodel.engine.snapshots import advice
from readmodel.generations.errors import GenerationGone
from readmodel.generations.generations import Generations
from shutdown import on_request
from takeout.maker import TakeoutMaker

from .expiry import ExpirySweeper
from .folding import CommitFolder
from .generation_upkeep import GenerationUpkeep
from .head_recorder import HeadRecorder
from .rebuild import Rebuilder
from .rebuild_requests import RebuildRequestHandler
from .scrubber import Scrubber
from .verifier import Verifier
from .worker import Worker

THREAD_JOIN_TIMEOUT_S = 1.0
"""What stands beside the projecting gets so long to end; it may be killed anywhere."""

log = structlog.get_logger("projector")


def main() -> int:
    with on_request() as stop:
        bootstrap.configure_logs()
        _project(stop)
    return 0


def _project(stop: threading.Event) -> None:
    generations = bootstrap.generations()
    state = _start_state(generations)
    store = bootstrap.event_store()
    source = bootstrap.event_log()
    folder = CommitFolder(store, EventCodec())
    rebuilder = Rebuilder(generations, store, folder, bootstrap.partitions())
    upkeep = GenerationUpkeep(generations, RebuildRequestHandler(generations, rebuilder), rebuilder)
    scrubber = Scrubber(generations, store, folder)
    verifier, head_keeper = Verifier(generations, store, folder), HeadRecorder(generations.control, store)
    settings = bootstrap.settings()
    expiry = ExpirySweeper(generations.control, settings.retention)
    takeouts = TakeoutMaker(generations, store, settings.address, retention=settings.retention)
    eraser = Eraser(generations, store, bootstrap.command_bus(store), bootstrap.lag_meter(store, generations))
    follower = Follower(store, EventCodec(), bootstrap.command_bus(store), generations.control)
    background = [
        threading.Thread(target=run, args=(stop,), daemon=True)
        for run in (
            verifier.run,
            upkeep.run,
            upkeep.watch,
            scrubber.run,
            head_keeper.run,
            expiry.run,
            takeouts.run,
            eraser.run,
            follower.run,
        )
    ]
    for thread in background:
        thread.start()
    for sentence in advice(generations.control):
        log.warning("read model: the database isn't set up well", advice=sentence)
    log.info("projector started", **state)
    Worker(generations, source, folder).run(stop)
    for thread in background:
        thread.join(THREAD_JOIN_TIMEOUT_S)
    _scrub_before_exit(scrubber)
    source.close()
    store.close()
    generations.close()
    log.info("projector stopped")


def _start_state(generations: Generations) -> dict[str, object]:
    """Raises NoGeneration where there has never been one."""
    try:
        return {"checkpoint": generations.live().position()}
    except GenerationGone as gone:
        return {"problem": str(gone)}


def _scrub_before_exit(scrubber: Scrubber) -> None:
    """What was erased up to now goes before the process does. What is left, as a server is away, goes next time."""
    try:
        scrubber.finish()
    except (Unavailable, SQLAlchemyError) as error:
        log.warning("scrubber: erased text may be left until the next start", error=first_line(error))


if __name__ == "__main__":
    with bootstrap.starting("projector"):
        sys.exit(main())

"""`python -m projector`: runs until SIGTERM or SIGINT, then finishes its batch and exits 0."""

import sys
import threading

import structlog

import bootstrap
from domain.errors import Damaged, Unavailable
from eventstore.codec import EventCodec
from eventstore.ending import on_request
from readmodel.generations import NoGeneration
from readmodel.snapshots import advice

from .folding import Folder
from .rebuild import Rebuilder
from .requests import Requests
from .verifier import Verifier
from .worker import Worker

log = structlog.get_logger("projector")


def main() -> int:
    with on_request() as stop:
        bootstrap.logging()
        _project(stop)
    log.info("projector stopped")
    return 0


def _project(stop: threading.Event) -> None:
    generations = bootstrap.generations()
    store = bootstrap.event_store()
    source = bootstrap.event_log()
    folder = Folder(store, EventCodec())
    requests = Requests(generations, Rebuilder(generations, store, folder))
    for beside in (Verifier(generations, store, folder).run, requests.run):
        threading.Thread(target=beside, args=(stop,), daemon=True).start()
    for sentence in advice(generations.control):
        log.warning("the read model's database isn't set up well", advice=sentence)
    log.info("projector started", checkpoint=generations.live().position())
    Worker(generations, source, folder).run(stop)
    source.close()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (bootstrap.BadSetting, NoGeneration, Damaged, Unavailable) as error:
        sys.exit(f"projector: {error}")

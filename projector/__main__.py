"""`python -m projector`: runs until SIGTERM or SIGINT, then finishes its batch and exits 0."""

import signal
import sys
import threading

import structlog

import bootstrap
from domain.errors import Damaged, Unavailable
from eventstore.codec import EventCodec
from readmodel.generations import NoGeneration

from .folding import Folder
from .rebuild import Rebuilder
from .requests import Requests
from .verifier import Verifier
from .worker import Worker

log = structlog.get_logger("projector")


def main() -> int:
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    bootstrap.logging()
    generations = bootstrap.generations()
    store = bootstrap.event_store()
    source = bootstrap.event_log()
    folder = Folder(store, EventCodec())
    requests = Requests(generations, Rebuilder(generations, store, folder))
    for beside in (Verifier(generations, store, folder).run, requests.run):
        threading.Thread(target=beside, args=(stop,), daemon=True).start()
    log.info("projector started", checkpoint=generations.live().position())
    Worker(generations, source, folder).run(stop)
    source.close()
    log.info("projector stopped")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (bootstrap.BadSetting, NoGeneration, Damaged, Unavailable) as error:
        sys.exit(f"projector: {error}")

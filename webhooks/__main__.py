"""`python -m webhooks`: runs until SIGTERM or SIGINT, then ends the calls under way and exits 0.

Run as many as you like: they share what is due.
"""

import signal
import sys
import threading

import structlog

import bootstrap
from domain.errors import Damaged, Unavailable
from eventstore.codec import EventCodec
from readmodel.generations import NoGeneration

from .calling import Caller
from .delivering import Deliverer
from .following import Follower
from .sending import Sender

log = structlog.get_logger("webhooks")


def main() -> int:
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    bootstrap.logging()
    settings, store, generations = bootstrap.settings(), bootstrap.event_store(), bootstrap.generations()
    generations.live()
    engine = generations.control
    follower = Follower(store, EventCodec(), engine)
    caller = Caller(private=settings.webhooks_may_call_private)
    sender = Sender(bootstrap.command_bus(store), engine, caller, settings.secret_key)
    follower.begin()
    log.info("webhooks started")
    Deliverer(follower, sender, caller, engine).run(stop)
    store.close()
    generations.close()
    log.info("webhooks stopped")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (bootstrap.BadSetting, NoGeneration, Damaged, Unavailable) as error:
        sys.exit(f"webhooks: {error}")

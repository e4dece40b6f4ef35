"""`python -m webhooks`: runs until SIGTERM or SIGINT, then ends the calls under way and exits 0.

Run as many as you like: they share what is due.
"""

import sys
from contextlib import suppress
from threading import Event

import structlog

import bootstrap
import shutdown
from eventstore.codec import EventCodec
from readmodel.generations.errors import GenerationGone

from .calling import Caller
from .delivering import Deliverer
from .following import Follower
from .sending import Sender

PATIENCE_S = 8.0
"""The work's share of it is longer than calls under way get to end (delivering.DRAIN_S), so that what came of them is
written down. A database that keeps silent holds nobody up longer: what it wasn't told is sent again when its claim has
run out."""

log = structlog.get_logger("webhooks")


def main() -> int:
    with shutdown.on_request(PATIENCE_S) as stop:
        _deliver(stop)
    return 0


def _deliver(stop: Event) -> None:
    bootstrap.configure_logs()
    settings, store, generations = bootstrap.settings(), bootstrap.event_store(), bootstrap.generations()
    with suppress(GenerationGone):
        generations.live()
    engine = generations.control
    follower = Follower(store, EventCodec(), engine)
    caller = Caller(private=settings.webhooks_may_call_private)
    sender = Sender(bootstrap.command_bus(store), engine, caller, settings.secret_key)
    log.info("webhooks started")
    Deliverer(follower, sender, caller, engine).run(stop)
    store.close()
    generations.close()
    log.info("webhooks stopped")


if __name__ == "__main__":
    with bootstrap.starting("webhooks"):
        sys.exit(main())

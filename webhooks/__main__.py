"""`python -m webhooks`: delivers until SIGTERM or SIGINT, then lets calls under way end and exits 0.

Run as many as you like: they share the queue.
"""

import logging
import sys
from contextlib import suppress
from threading import Event

import structlog

import bootstrap
import shutdown
from eventstore.codec import EventCodec
from readmodel.generations.errors import GenerationGone

from .client import Client
from .dispatcher import Dispatcher
from .follower import Follower
from .sender import Sender

SHUTDOWN_TIMEOUT_S = 8.0
"""Its working share is longer than dispatcher.DRAIN_TIMEOUT_S, so that outcomes are saved. A silent database holds
nobody up longer: what wasn't saved is sent again when its claim has run out."""

log = structlog.get_logger("webhooks")


def main() -> int:
    with shutdown.on_request(SHUTDOWN_TIMEOUT_S) as stop:
        _deliver(stop)
    return 0


def _deliver(stop: Event) -> None:
    bootstrap.configure_logs()
    # Its warnings hold the addresses of receivers, which may hold their secrets.
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)
    settings, store, generations = bootstrap.settings(), bootstrap.event_store(), bootstrap.generations()
    with suppress(GenerationGone):
        generations.live()
    engine = generations.control
    client = Client(private=settings.webhooks_may_call_private)
    sender = Sender(bootstrap.command_bus(store), engine, client, settings.keys, settings.event_source)
    log.info("webhooks started")
    Dispatcher(Follower(store, EventCodec(), engine), sender, engine).run(stop)
    store.close()
    generations.close()
    log.info("webhooks stopped")


if __name__ == "__main__":
    with bootstrap.starting("webhooks"):
        sys.exit(main())

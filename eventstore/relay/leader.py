"""The relay: one process leads by a lease, assigns positions to commits, and publishes them to Kafka, both at once.

Sequencing is safe concurrently and goes on while Kafka is down. Publishing is in order and at least once, from the
checkpoint on.
"""

from collections.abc import Callable
from contextlib import closing
from threading import Event

import structlog

from domain.errors import Unavailable
from eventstore.mongo.checkpoint import Checkpoint, NewerLeader
from eventstore.mongo.lease import Lease
from eventstore.mongo.store import MongoEventStore

from .publisher import Publisher, TopicProducer
from .sequencer_thread import SequencerThread

STANDBY_POLL_INTERVAL_S = 0.4
RETRY_DELAY_S = 0.5
PUBLISH_WAIT_S = 0.1
"""How long the publisher waits for the next commits before it does its checks."""

log = structlog.get_logger("relay")


class Relay:
    """One of several relay processes: leader or standby. name: the topic's; holder: this process's, for people."""

    def __init__(
        self, store: MongoEventStore, open_producer: Callable[[], TopicProducer], name: str, holder: str
    ) -> None:
        self._store = store
        self._open_producer = open_producer
        self._name = name
        self._documents = store.database["relay"]
        self._lease = Lease(self._documents, holder)

    def run(self, stop: Event) -> None:
        """Runs until stop is set; then flushes what was sent, and releases the lease to a standby."""
        log.info("relay: standing by")
        while not stop.is_set():
            try:
                if self._lease.take():
                    log.info("relay: leading", term=self._lease.term)
                    self._lead(stop)
            except Unavailable as error:
                log.warning("relay: event store unavailable", error=str(error))
            stop.wait(STANDBY_POLL_INTERVAL_S)

    def _lead(self, stop: Event) -> None:
        with self._lease.renewing() as lost, SequencerThread(self._store).running() as numbering:
            while not (stop.is_set() or lost.is_set()):
                try:
                    numbering.check()
                    self._publish(numbering, lambda: stop.is_set() or lost.is_set())
                except NewerLeader as deposed:
                    log.warning("relay: a newer leader took over", detail=str(deposed))
                    break
                except Unavailable as error:
                    log.warning("relay: publishing failed, retrying", error=str(error))
                    stop.wait(RETRY_DELAY_S)
        if stop.is_set():
            self._lease.release()

    def _publish(self, numbering: SequencerThread, halted: Callable[[], bool]) -> None:
        with closing(self._open_producer()) as producer:
            checkpoint = Checkpoint(self._documents, self._name, self._lease.term)
            feed = Publisher(self._store, numbering.take, producer, checkpoint)
            while not halted():
                feed.step(PUBLISH_WAIT_S)
            feed.flush()

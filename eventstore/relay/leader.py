"""The relay's work, as long as it leads: number what waits, and send it; both at once.

Numbering is safe whoever does it (see sequencing) and goes on while the log is away. Sending is in order and at least
once, from the checkpoint on.
"""

from collections.abc import Callable
from contextlib import closing
from threading import Event

import structlog

from domain.errors import Unavailable
from eventstore.mongo.checkpoint import Checkpoint, Deposed
from eventstore.mongo.lease import Lease
from eventstore.mongo.store import MongoEventStore

from .publisher import Feed, Outlet
from .sequencer_thread import Numbering

STANDBY_S = 0.4
FAILED_S = 0.5
PAUSE_S = 0.1
"""How long the sender waits for more before it looks around."""

log = structlog.get_logger("relay")


class Relay:
    """One process of several: leads, or stands by. name is the topic's, holder this process's."""

    def __init__(self, store: MongoEventStore, outlet: Callable[[], Outlet], name: str, holder: str) -> None:
        self._store = store
        self._outlet = outlet
        self._name = name
        self._documents = store.database["relay"]
        self._lease = Lease(self._documents, holder)

    def run(self, stop: Event) -> None:
        """Until stop is set; then what is on its way is brought to an end, and the next one may lead."""
        log.info("standing by")
        while not stop.is_set():
            try:
                if self._lease.take():
                    log.info("leading", term=self._lease.term)
                    self._lead(stop)
            except Unavailable as error:
                log.warning("the event store is away", error=str(error))
            stop.wait(STANDBY_S)

    def _lead(self, stop: Event) -> None:
        with self._lease.kept() as lost, Numbering(self._store).going_on() as numbering:
            while not (stop.is_set() or lost.is_set()):
                try:
                    numbering.check()
                    self._feed(numbering, lambda: stop.is_set() or lost.is_set())
                except Deposed as deposed:
                    log.warning("deposed", detail=str(deposed))
                    break
                except Unavailable as error:
                    log.warning("trying again", error=str(error))
                    stop.wait(FAILED_S)
        if stop.is_set():
            self._lease.release()

    def _feed(self, numbering: Numbering, halted: Callable[[], bool]) -> None:
        with closing(self._outlet()) as outlet:
            checkpoint = Checkpoint(self._documents, self._name, self._lease.term)
            feed = Feed(self._store, numbering.take, outlet, checkpoint)
            while not halted():
                feed.step(PAUSE_S)
            feed.settle()

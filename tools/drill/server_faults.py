"""Faults of the servers that a site on MongoDB and Kafka needs, and what its relays have written down."""

import time
from typing import Any

from domain.errors import Unavailable
from eventstore.mongo.connection import translating_errors
from eventstore.mongo.store import MongoEventStore

from .faults import Fault, FaultContext, Pids
from .servers import run_services


class ServerOutage(Fault, frozen=True):
    """A server is killed or stopped, and comes back. down, up: words for bin/services; lasts: a share of outage_s."""

    server: str
    down: str = "kill"
    up: str = "up"
    lasts: float = 0.0

    def inject(self, context: FaultContext) -> None:
        run_services(self.down, self.server)
        context.injected[f"{'killed' if self.down == 'kill' else 'frozen'} {self.server}"] += 1
        time.sleep(self.lasts * context.outage_s + context.rng.uniform(0.0, 1.0))
        run_services(self.up, self.server)


def leading_relay(relays: tuple[str, ...]) -> Pids:
    """The process that leads, as the lease says; none where it names nobody who lives, or can't be read."""

    def pids(context: FaultContext) -> list[int]:
        holder = str(relay_document(context, "leader").get("holder")).rpartition(":")[2]
        return [pid for pid in map(context.supervisor.pid, relays) if pid and str(pid) == holder]

    return pids


def relay_document(context: FaultContext, id: str) -> dict[str, Any]:
    """The relays' lease ("leader") or a topic's checkpoint; empty where there is none, or it can't be read."""
    assert isinstance(context.store, MongoEventStore)
    try:
        with translating_errors():
            return context.store.database["relay"].find_one({"_id": id}) or {}
    except Unavailable:
        return {}

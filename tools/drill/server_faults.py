"""Faults of the servers that a site on MongoDB and Kafka needs, and who leads among its relays."""

import time

from domain.errors import Unavailable
from eventstore.mongo.connection import translating_errors
from eventstore.mongo.store import MongoEventStore

from .faults import Fault, FaultContext, Pids
from .servers import ServersUnavailable, run_services


class ServerOutage(Fault, frozen=True):
    """A server is killed or stopped, and comes back. down, up: words for bin/services; lasts: a share of outage_s."""

    server: str
    down: str = "kill"
    up: str = "up"
    lasts: float = 0.0

    def inject(self, context: FaultContext) -> None:
        self._run(context, self.down)
        context.injected[f"{'killed' if self.down == 'kill' else 'frozen'} {self.server}"] += 1
        time.sleep(self.lasts * context.outage_s + context.rng.uniform(0.0, 1.0))
        self._run(context, self.up)

    def _run(self, context: FaultContext, action: str) -> None:
        try:
            run_services(action, self.server)
        except ServersUnavailable as reason:
            context.failures.append(str(reason))


def leading_relay(relays: tuple[str, ...]) -> Pids:
    """The process that leads, as the lease says; none where it names nobody who lives, or can't be read."""

    def pids(context: FaultContext) -> list[int]:
        assert isinstance(context.store, MongoEventStore)
        try:
            with translating_errors():
                lease = context.store.database["relay"].find_one({"_id": "leader"}) or {}
        except Unavailable:
            return []
        holder = str(lease.get("holder")).rpartition(":")[2]
        return [pid for pid in map(context.supervisor.pid, relays) if pid and str(pid) == holder]

    return pids

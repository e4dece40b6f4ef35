"""What can go wrong with the server stack: its servers go away, its leader sleeps, its topic is deleted."""

import signal
import time
from collections.abc import Sequence

import msgspec
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

import bootstrap
from domain.errors import Unavailable
from eventstore.kafka import READY_MS, place
from eventstore.mongo import MongoEventStore
from eventstore.mongo_server import answering

from .faults import Scene, epoch, within
from .processes import hurt
from .servers import Absent, ask

LEADER_S = 45.0
"""So long a start, and a take-over, may take on a machine that has much else to do."""
SEARCH_S = 0.2


class Outage(msgspec.Struct, frozen=True):
    """A server goes, and comes back. leave, back: words for bin/services; lasts: in shares of the scene's away_s."""

    name: str
    leave: str = "kill"
    back: str = "up"
    lasts: float = 0.0

    def strike(self, scene: Scene) -> None:
        self._ask(scene, self.leave)
        scene.done[f"{'killed' if self.leave == 'kill' else 'frozen'} {self.name}"] += 1
        time.sleep(self.lasts * scene.away_s + scene.dice.uniform(0.0, 1.0))
        self._ask(scene, self.back)

    def heal(self, scene: Scene) -> None:
        """It is back whenever a strike has ended."""

    def _ask(self, scene: Scene, word: str) -> None:
        try:
            ask(word, self.name)
        except Absent as reason:
            scene.failed.append(str(reason))


class KillLeader(msgspec.Struct, frozen=True):
    """SIGKILL to the relay that leads, wherever it is in its work."""

    relays: tuple[str, ...]

    def strike(self, scene: Scene) -> None:
        if (leader := _leading(scene, self.relays)) and hurt(leader, signal.SIGKILL):
            scene.done["killed leading relay"] += 1

    def heal(self, scene: Scene) -> None:
        """The keeper does."""


class FreezeLeader(msgspec.Struct, frozen=True):
    """SIGSTOP to the relay that leads until another leads, then SIGCONT: it must find that it doesn't any more."""

    relays: tuple[str, ...]

    def strike(self, scene: Scene) -> None:
        if not (leader := _leading(scene, self.relays)) or not hurt(leader, signal.SIGSTOP):
            return
        scene.done["frozen leading relay"] += 1
        if within(LEADER_S, lambda: _leader(scene, self.relays) not in (None, leader), SEARCH_S):
            scene.done["taken over from the frozen relay"] += 1
        else:
            scene.failed.append(f"nobody took over from a frozen relay within {LEADER_S:g} s")
        time.sleep(scene.dice.uniform(0.0, 1.0))
        hurt(leader, signal.SIGCONT)

    def heal(self, scene: Scene) -> None:
        _wake(scene, self.relays)


class FreezeProjector(msgspec.Struct, frozen=True):
    """SIGSTOP to a projector until the group has given its partitions to others, then SIGCONT."""

    projectors: tuple[str, ...]

    def strike(self, scene: Scene) -> None:
        name = scene.dice.choice(self.projectors)
        if (frozen := scene.keeper.main(name)) is None or not hurt(frozen, signal.SIGSTOP):
            return
        before = epoch(scene.generations)
        scene.done["frozen projector"] += 1
        # One that is stopped amid a transaction on SQLite keeps everybody from writing: then nobody takes over.
        if within(LEADER_S / 2, lambda: epoch(scene.generations) > before, SEARCH_S):
            scene.done["taken over from the frozen projector"] += 1
        hurt(frozen, signal.SIGCONT)

    def heal(self, scene: Scene) -> None:
        _wake(scene, self.projectors)


class DeleteTopic(msgspec.Struct, frozen=True):
    """What a tired operator does."""

    def strike(self, scene: Scene) -> None:
        where = place(bootstrap.settings().event_log_url)
        try:
            with KafkaAdminClient(bootstrap_servers=where.servers, bootstrap_timeout_ms=READY_MS) as admin:
                admin.delete_topics([where.topic])
        except KafkaError as error:
            scene.failed.append(f"the topic couldn't be deleted: {error}")
            return
        scene.done["deleted topic"] += 1

    def heal(self, scene: Scene) -> None:
        """The relay makes it again."""


def _leading(scene: Scene, relays: Sequence[str]) -> int | None:
    """The process id of a leader that lives, waited for."""
    within(LEADER_S, lambda: _leader(scene, relays) is not None, SEARCH_S)
    return _leader(scene, relays)


def _leader(scene: Scene, relays: Sequence[str]) -> int | None:
    """As the lease says; None where it names nobody who lives, or can't be read."""
    assert isinstance(scene.store, MongoEventStore)
    try:
        with answering():
            found = scene.store.database["relay"].find_one({"_id": "leader"}) or {}
    except Unavailable:
        return None
    pid = str(found.get("holder")).rpartition(":")[2]
    return next((main for main in map(scene.keeper.main, relays) if main and str(main) == pid), None)


def _wake(scene: Scene, names: Sequence[str]) -> None:
    for pid in map(scene.keeper.main, names):
        if pid is not None:
            hurt(pid, signal.SIGCONT)

"""What can go wrong with the server stack: its servers go away, its leader dies or sleeps."""

import signal
import time
from collections.abc import Sequence

import msgspec

from domain.errors import Unavailable
from eventstore.mongo.connection import translating_errors
from eventstore.mongo.store import MongoEventStore

from .faults import SEARCH_S, TAKEN_OVER_S, Scene, wake, within
from .processes import hurt
from .servers import ServersUnavailable, ask


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
        except ServersUnavailable as reason:
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
        if within(TAKEN_OVER_S, lambda: _leader(scene, self.relays) not in (None, leader), SEARCH_S):
            scene.done["taken over from the frozen relay"] += 1
        else:
            scene.failed.append(f"nobody took over from a frozen relay within {TAKEN_OVER_S:g} s")
        time.sleep(scene.dice.uniform(0.0, 1.0))
        hurt(leader, signal.SIGCONT)

    def heal(self, scene: Scene) -> None:
        wake(scene, self.relays)


def _leading(scene: Scene, relays: Sequence[str]) -> int | None:
    """The process id of a leader that lives, waited for."""
    within(TAKEN_OVER_S, lambda: _leader(scene, relays) is not None, SEARCH_S)
    return _leader(scene, relays)


def _leader(scene: Scene, relays: Sequence[str]) -> int | None:
    """As the lease says; None where it names nobody who lives, or can't be read."""
    assert isinstance(scene.store, MongoEventStore)
    try:
        with translating_errors():
            found = scene.store.database["relay"].find_one({"_id": "leader"}) or {}
    except Unavailable:
        return None
    pid = str(found.get("holder")).rpartition(":")[2]
    return next((main for main in map(scene.keeper.main, relays) if main and str(main) == pid), None)

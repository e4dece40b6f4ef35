"""What can go wrong with the projectors' group: they come and go, one leaves for good, one sleeps past its session."""

import signal
import sqlite3
import time

import msgspec
from kafka.errors import KafkaError

from .faults import SEARCH_S, TAKEN_OVER_S, Scene, epoch, wake, within
from .processes import hurt
from .topic import admin, where
from .waiting import catches_up

LEAVES = (3, 6)
STAYS_S = (0.5, 3.0)
RECOVERY_CONFIRMATION_S = 1.0
HARMLESS_S = 15.0
"""How long a frozen projector is looked for that isn't in the middle of a transaction."""


class ComeAndGo(msgspec.Struct, frozen=True):
    """Projectors leave the group, half of them politely, and come back at once: a rebalance follows the other."""

    projectors: tuple[str, ...]

    def strike(self, scene: Scene) -> None:
        before = epoch(scene.generations)
        for _ in range(scene.dice.randint(*LEAVES)):
            name, number = scene.dice.choice(self.projectors), scene.dice.choice((signal.SIGTERM, signal.SIGKILL))
            if (pid := scene.keeper.awaited(name)) is not None and hurt(pid, number):
                scene.done["killed projector" if number == signal.SIGKILL else "projector left the group"] += 1
            time.sleep(scene.dice.uniform(*STAYS_S))
        if not within(TAKEN_OVER_S, lambda: epoch(scene.generations) > before, SEARCH_S):
            scene.failed.append("projectors came and went, and no partition changed hands")
        scene.done["partitions changed hands"] += epoch(scene.generations) - before

    def heal(self, scene: Scene) -> None:
        """The keeper does."""


class OneLess(msgspec.Struct, frozen=True):
    """SIGKILL to a projector that stays away until the others have its partitions and show what was written."""

    projectors: tuple[str, ...]

    def strike(self, scene: Scene) -> None:
        name = scene.dice.choice(self.projectors)
        if scene.keeper.awaited(name) is None or not _settled(scene, len(self.projectors)):
            return
        before = epoch(scene.generations)
        scene.keeper.dismiss(name)
        scene.done["killed projector for good"] += 1
        if not within(TAKEN_OVER_S, lambda: epoch(scene.generations) > before, SEARCH_S):
            scene.failed.append(f"nobody took over from a dead projector within {TAKEN_OVER_S:g} s")
        if not catches_up(scene.store, scene.generations, TAKEN_OVER_S):
            scene.failed.append(f"with one projector less, lists are behind after {TAKEN_OVER_S:g} s")
        scene.keeper.want(name)

    def heal(self, scene: Scene) -> None:
        for name in self.projectors:
            scene.keeper.want(name)


class FreezeProjector(msgspec.Struct, frozen=True):
    """SIGSTOP to a projector until the group has given its partitions to others, then SIGCONT."""

    projectors: tuple[str, ...]

    def strike(self, scene: Scene) -> None:
        name = scene.dice.choice(self.projectors)
        if (frozen := scene.keeper.awaited(name)) is None or not _settled(scene, len(self.projectors)):
            return
        if not within(HARMLESS_S, lambda: _stop(scene, frozen)):
            return
        before = epoch(scene.generations)
        scene.done["frozen projector"] += 1
        if within(TAKEN_OVER_S, lambda: epoch(scene.generations) > before, SEARCH_S):
            scene.done["taken over from the frozen projector"] += 1
        else:
            scene.failed.append(f"nobody took over from a frozen projector within {TAKEN_OVER_S:g} s")
        hurt(frozen, signal.SIGCONT)

    def heal(self, scene: Scene) -> None:
        wake(scene, self.projectors)


def _settled(scene: Scene, count: int) -> bool:
    """Whether, within the time, so many projectors have shared the partitions out and taken them over."""
    return within(TAKEN_OVER_S, lambda: _members() == count and _quiet(scene), SEARCH_S)


def _members() -> int:
    """How many the group has once it is stable, 0 before that."""
    try:
        with admin() as client:
            found = client.describe_groups([where().group])[where().group]
    except KafkaError:
        return 0
    return len(found["members"]) if found["group_state"] == "Stable" else 0


def _quiet(scene: Scene) -> bool:
    before = epoch(scene.generations)
    time.sleep(RECOVERY_CONFIRMATION_S)
    return epoch(scene.generations) == before


def _stop(scene: Scene, pid: int) -> bool:
    """SIGSTOP; taken back where it hit a transaction on SQLite, which would keep everybody from writing."""
    if not hurt(pid, signal.SIGSTOP):
        return False
    if _writable(scene):
        return True
    hurt(pid, signal.SIGCONT)
    return False


def _writable(scene: Scene) -> bool:
    file = str(scene.generations.live().engine.url.database)
    connection = sqlite3.connect(file, timeout=0.5, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return True

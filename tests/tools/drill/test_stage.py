"""A fault that never did anything fails its round: a drill that hurts nobody proves nothing."""

import random
from collections import Counter

import msgspec

from tools.drill.faults import Fault, Scene
from tools.drill.outages import Outage
from tools.drill.round import Round
from tools.drill.rounds import ROUNDS, SHORT_STACK
from tools.drill.stack import STACK
from tools.drill.stage import strike


class Hurts(msgspec.Struct, frozen=True):
    def strike(self, scene: Scene) -> None:
        scene.done["hurt"] += 1

    def heal(self, scene: Scene) -> None: ...


class Misses(msgspec.Struct, frozen=True):
    def strike(self, scene: Scene) -> None: ...

    def heal(self, scene: Scene) -> None: ...


def played(*faults: Fault) -> tuple[int, list[str]]:
    """One turn: how many blows, and what failed."""
    scene = Scene(None, None, None, {}, random.Random(1), Counter(), [], 0.0)  # type: ignore[arg-type]
    round = Round(about="a test", faults=faults, pauses=(0.0, 0.0))
    return strike(round, scene, until=0.0), scene.failed


def test_every_fault_strikes_in_the_first_turn_and_is_counted() -> None:
    assert played(Hurts(), Hurts()) == (2, [])


def test_a_fault_that_never_struck_fails_the_round() -> None:
    blows, failed = played(Hurts(), Misses())
    assert blows == 1
    assert failed == ["Misses() did no harm"]


def test_the_short_stack_round_has_every_kind_of_fault_that_the_long_ones_have() -> None:
    short = {_kind(fault) for name in SHORT_STACK for fault in ROUNDS[name].faults}
    assert {_kind(fault) for played in STACK.values() for fault in played.faults} - short == set()


def _kind(fault: Fault) -> str:
    """Servers go in ways of their own; the rest differs by what it is done to."""
    return " ".join([type(fault).__name__, *([fault.name, fault.leave] if isinstance(fault, Outage) else [])])


def test_where_nothing_can_be_mounted_only_the_full_disk_is_left_out() -> None:
    whole, rest = ROUNDS["stack-everything"], ROUNDS["stack-everything"].unmounted()
    left_out = [type(fault).__name__ for fault in whole.faults if fault not in rest.faults]
    assert left_out == ["FillDisk"]
    assert ROUNDS["disk"].unmounted().faults == ()

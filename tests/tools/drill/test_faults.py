"""A fault that never took effect fails its round: a drill that harms nobody proves nothing."""

import random
from collections import Counter
from pathlib import Path

from tools.drill.faults import Fault, FaultContext, Freeze, Kill
from tools.drill.rounds import ROUNDS, SHORT_STACK, STACK, Round
from tools.drill.run_round import inject_faults
from tools.drill.server_faults import ServerOutage


class Harmful(Fault, frozen=True):
    def inject(self, context: FaultContext) -> None:
        context.injected["harmed"] += 1


class Harmless(Fault, frozen=True):
    what: str = "nobody"

    def inject(self, context: FaultContext) -> None: ...


def injected(*faults: Fault) -> tuple[int, list[str]]:
    """How often a fault took effect when each had its first turn, and what failed."""
    context = FaultContext(None, None, None, Path(), {}, random.Random(1), Counter(), [], 0.0)  # type: ignore[arg-type]
    round = Round(about="a test", faults=faults, pauses_s=(0.0, 0.0))
    return inject_faults(round, context, until=0.0), context.failures


def test_every_fault_is_injected_in_the_first_turn_and_counted() -> None:
    assert injected(Harmful(), Harmful()) == (2, [])


def test_a_fault_that_never_took_effect_fails_the_round() -> None:
    count, failures = injected(Harmful(), Harmless())
    assert count == 1
    assert failures == ["Harmless nobody had no effect"]


def test_the_short_stack_rounds_have_every_kind_of_fault_that_the_long_ones_have() -> None:
    short = {_kind(fault) for name in SHORT_STACK for fault in ROUNDS[name].faults}
    assert {_kind(fault) for round in STACK.values() for fault in round.faults} - short == set()


def _kind(fault: Fault) -> str:
    """Servers go away in ways of their own, and leaders are found by their lease; else it is the class."""
    if isinstance(fault, ServerOutage | Freeze) or (isinstance(fault, Kill) and "leading" in fault.what):
        return fault.label
    return type(fault).__name__


def test_where_nothing_can_be_mounted_only_the_full_disk_is_left_out() -> None:
    whole, rest = ROUNDS["stack-everything"], ROUNDS["stack-everything"].without_volumes()
    left_out = [type(fault).__name__ for fault in whole.faults if fault not in rest.faults]
    assert left_out == ["FillDisk"]
    assert ROUNDS["disk"].without_volumes().faults == ()

"""Faults of the projectors' consumer group: members leave and rejoin, one is gone for long; ready for one to freeze."""

import signal
import time
from collections.abc import Callable

from kafka.errors import KafkaError

from .catch_up import shows_all_of
from .faults import SLOW_POLL_INTERVAL_S, TAKEOVER_TIMEOUT_S, Fault, FaultContext, partition_epochs
from .processes import send_signal, wait_for
from .topic_faults import admin_client, topic

LEAVES = (3, 6)
STAY_S = (0.5, 3.0)
SETTLED_S = 1.0


class LeaveAndRejoin(Fault, frozen=True):
    """Members leave the group, half of them politely, and rejoin at once: one rebalance follows the other."""

    members: tuple[str, ...]

    def inject(self, context: FaultContext) -> None:
        before = partition_epochs(context)
        for _ in range(context.rng.randint(*LEAVES)):
            member, number = context.rng.choice(self.members), context.rng.choice((signal.SIGTERM, signal.SIGKILL))
            if (pid := context.supervisor.wait_for_pid(member)) is not None and send_signal(pid, number):
                killed = number == signal.SIGKILL
                context.injected["killed projector" if killed else "projector left the group"] += 1
            time.sleep(context.rng.uniform(*STAY_S))
        sentence = "projectors left and rejoined, and no partition changed hands"
        context.expect(lambda: partition_epochs(context) > before, sentence, TAKEOVER_TIMEOUT_S)


class RemoveMember(Fault, frozen=True):
    """SIGKILL to a member that stays away until the others have its partitions and show what was written."""

    members: tuple[str, ...]

    def inject(self, context: FaultContext) -> None:
        member = context.rng.choice(self.members)
        if context.supervisor.wait_for_pid(member) is None or not has_settled(self.members)(context):
            return
        before = partition_epochs(context)
        context.supervisor.remove(member)
        context.injected["killed projector for long"] += 1
        sentence = "nobody took over from a dead projector"
        context.expect(lambda: partition_epochs(context) > before, sentence, TAKEOVER_TIMEOUT_S)
        shown = shows_all_of(context.store, context.generations)
        context.expect(shown, "with one projector less, lists didn't catch up", TAKEOVER_TIMEOUT_S)
        context.supervisor.add(member)

    def undo(self, context: FaultContext) -> None:
        for member in self.members:
            context.supervisor.add(member)


def has_settled(members: tuple[str, ...]) -> Callable[[FaultContext], bool]:
    """Whether, within the time, all members have shared the partitions out and taken them over.

    Where they haven't, what the group looked like at last is among the failures.
    """

    def ready(context: FaultContext) -> bool:
        seen = "nothing"

        def settled() -> bool:
            nonlocal seen
            before = partition_epochs(context)
            time.sleep(SETTLED_S)
            state, count = _group_state()
            after = partition_epochs(context)
            seen = f"{state}, {count} members, partitions' epochs {before} and a second later {after}"
            return (state, count) == ("Stable", len(members)) and before == after

        if wait_for(TAKEOVER_TIMEOUT_S, settled, SLOW_POLL_INTERVAL_S):
            return True
        context.failures.append(f"the group didn't settle within {TAKEOVER_TIMEOUT_S:g} s: {seen}")
        return False

    return ready


def _group_state() -> tuple[str, int]:
    """What the group says of itself, and how many members it has; the error where it can't be asked."""
    try:
        with admin_client() as client:
            group = client.describe_groups([topic().group])[topic().group]
    except KafkaError as error:
        return repr(error), 0
    return group["group_state"], len(group["members"])

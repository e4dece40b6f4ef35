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
    """Whether, within the time, all members have shared the partitions out and taken them over."""

    def settled(context: FaultContext) -> bool:
        before = partition_epochs(context)
        time.sleep(SETTLED_S)
        return _stable_members() == len(members) and partition_epochs(context) == before

    return lambda context: wait_for(TAKEOVER_TIMEOUT_S, lambda: settled(context), SLOW_POLL_INTERVAL_S)


def _stable_members() -> int:
    """How many the group has once it is stable, 0 before that."""
    try:
        with admin_client() as client:
            group = client.describe_groups([topic().group])[topic().group]
    except KafkaError:
        return 0
    return len(group["members"]) if group["group_state"] == "Stable" else 0

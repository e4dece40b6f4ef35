"""`python -m tools.drill.lossy_relay`: a relay that, while a switch file is there, loses messages and delays others.

What it loses was never sent, although the relay's checkpoint says that it was: to projectors that is a message which
Kafka acknowledged and lost. Order is kept within a partition and broken between them, as it may be.
"""

import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

import bootstrap
import eventstore.kafka.producer
from domain.commit import SequencedCommit
from eventstore.relay import publisher
from eventstore.relay.__main__ import main

SWITCH_FILE, TAMPERINGS_FILE = "lose-messages", "tamperings.jsonl"
LOSS_PROBABILITY = 0.3
DELAY_S = 0.3
"""How much later what is overtaken arrives; meanwhile others write."""
Pending = tuple[SequencedCommit, int]


class Tampering(msgspec.Struct, frozen=True):
    """What was done to a message: "lost" or "overtaken"."""

    what: str
    partition: int
    position: int


class LossyProducer:
    """Meets publisher.TopicProducer around a real one. folder is where the switch file lies, and what was done goes."""

    def __init__(self, producer: publisher.TopicProducer, folder: Path) -> None:
        self._producer = producer
        self._folder = folder
        self._pending: list[Pending] = []
        self.topic_id, self.partitions = producer.topic_id, producer.partitions
        self.partition_of, self.is_same_topic = producer.partition_of, producer.is_same_topic
        self.close = producer.close

    def send(self, commit: SequencedCommit, previous: int) -> None:
        self._pending.append((commit, previous))

    def acknowledged(self, leave: int = 0) -> None:  # noqa: ARG002 it passes everything on
        pending, self._pending = self._pending, []
        if pending and (self._folder / SWITCH_FILE).exists():
            pending = self._delay_a_partition(self._lose_some(pending))
        self._pass_on(pending)

    def _pass_on(self, pending: Sequence[Pending]) -> None:
        for commit, previous in pending:
            self._producer.send(commit, previous)
        self._producer.acknowledged()

    def _lose_some(self, pending: Sequence[Pending]) -> list[Pending]:
        kept = [one for one in pending if random.random() >= LOSS_PROBABILITY]
        self._record("lost", [one[0] for one in pending if one not in kept])
        return kept

    def _delay_a_partition(self, pending: Sequence[Pending]) -> list[Pending]:
        """Sends all but one partition's, and gives those, which others have overtaken by then."""
        if not pending:
            return []
        slow = self.partition_of(random.choice(pending)[0])
        late = [one for one in pending if self.partition_of(one[0]) == slow]
        self._pass_on(fast := [one for one in pending if one not in late])
        newest = max((commit.position for commit, _ in fast), default=0)
        self._record("overtaken", [commit for commit, _ in late if commit.position < newest])
        time.sleep(DELAY_S)
        return late

    def _record(self, what: str, commits: Sequence[SequencedCommit]) -> None:
        found = (Tampering(what, self.partition_of(commit), commit.position) for commit in commits)
        with (self._folder / TAMPERINGS_FILE).open("ab", buffering=0) as file:
            file.write(b"".join(msgspec.json.encode(one) + b"\n" for one in found))


def tamperings(folder: Path) -> list[Tampering]:
    """All so far."""
    try:
        lines = (folder / TAMPERINGS_FILE).read_bytes().splitlines()
    except FileNotFoundError:
        return []
    return [msgspec.json.decode(line, type=Tampering) for line in lines]


if __name__ == "__main__":
    # bootstrap asks for the relay's producer there; it gets this one, and the relay is otherwise what it always is.
    _open_producer = eventstore.kafka.producer.TopicProducer
    _folder = bootstrap.settings().data_dir
    setattr(eventstore.kafka.producer, "TopicProducer", lambda where: LossyProducer(_open_producer(where), _folder))  # noqa: B010 another type
    sys.exit(main())

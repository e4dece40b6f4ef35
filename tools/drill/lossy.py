"""`python -m tools.drill.lossy`: a relay that, while the drill says so, loses messages and lets others overtake them.

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

SWITCH, NOTES = "meddle", "meddled.jsonl"
LOST = 0.3
LATE_S = 0.3
"""How much later what is overtaken arrives; meanwhile others write."""
Waiting = tuple[SequencedCommit, int]


class Note(msgspec.Struct, frozen=True):
    """What was done to a message: "lost" or "overtaken"."""

    what: str
    partition: int
    position: int


class LossyOutlet:
    """Meets relay_feeding.Outlet around a real one. folder is where the drill's switch lies, and notes go."""

    def __init__(self, outlet: publisher.TopicProducer, folder: Path) -> None:
        self._outlet = outlet
        self._folder = folder
        self._waiting: list[Waiting] = []

    @property
    def topic_id(self) -> str:
        return self._outlet.topic_id

    @property
    def partitions(self) -> int:
        return self._outlet.partitions

    def partition_of(self, commit: SequencedCommit) -> int:
        return self._outlet.partition_of(commit)

    def send(self, commit: SequencedCommit, previous: int) -> None:
        self._waiting.append((commit, previous))

    def acknowledged(self, leave: int = 0) -> None:  # noqa: ARG002 it passes everything on
        waiting, self._waiting = self._waiting, []
        if waiting and (self._folder / SWITCH).exists():
            waiting = self._late(self._kept(waiting))
        self._pass_on(waiting)

    def is_same_topic(self) -> bool:
        return self._outlet.is_same_topic()

    def close(self) -> None:
        self._outlet.close()

    def _pass_on(self, waiting: Sequence[Waiting]) -> None:
        for commit, previous in waiting:
            self._outlet.send(commit, previous)
        self._outlet.acknowledged()

    def _kept(self, waiting: Sequence[Waiting]) -> list[Waiting]:
        """All but those that get lost."""
        lost = {commit.id for commit, _ in waiting if random.random() < LOST}
        self._note("lost", [commit for commit, _ in waiting if commit.id in lost])
        return [one for one in waiting if one[0].id not in lost]

    def _late(self, waiting: Sequence[Waiting]) -> list[Waiting]:
        """Sends all but one partition's, and gives those, which others have overtaken by then."""
        if not waiting:
            return []
        slow = self.partition_of(random.choice(waiting)[0])
        late = [one for one in waiting if self.partition_of(one[0]) == slow]
        self._pass_on(fast := [one for one in waiting if one not in late])
        newest = max((commit.position for commit, _ in fast), default=0)
        self._note("overtaken", [commit for commit, _ in late if commit.position < newest])
        time.sleep(LATE_S)
        return late

    def _note(self, what: str, commits: Sequence[SequencedCommit]) -> None:
        notes = (Note(what, self.partition_of(commit), commit.position) for commit in commits)
        with (self._folder / NOTES).open("ab", buffering=0) as file:
            file.write(b"".join(msgspec.json.encode(note) + b"\n" for note in notes))


def notes(folder: Path) -> list[Note]:
    """All so far."""
    try:
        lines = (folder / NOTES).read_bytes().splitlines()
    except FileNotFoundError:
        return []
    return [msgspec.json.decode(line, type=Note) for line in lines]


if __name__ == "__main__":
    # The relay asks for its outlet there; it gets this one, and is otherwise what it always is.
    _outlet = eventstore.kafka.producer.TopicProducer
    _folder = bootstrap.settings().data_dir
    setattr(eventstore.kafka, "Outlet", lambda where: LossyOutlet(_outlet(where), _folder))  # noqa: B010 another type
    sys.exit(main())

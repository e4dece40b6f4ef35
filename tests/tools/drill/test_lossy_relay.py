"""The lossy relay loses and delays what it says it does, keeps each partition's order, and is honest otherwise."""

from pathlib import Path

import pytest

from domain.commit import SequencedCommit
from eventstore.chain import with_position
from tests.eventstore.samples import commit
from tools.drill import lossy_relay
from tools.drill.lossy_relay import SWITCH_FILE, LossyProducer, tamperings

PARTITIONS = 3


class Sent:
    """A producer that only remembers. Meets eventstore.relay.publisher.TopicProducer."""

    topic_id, partitions = "t", PARTITIONS

    def __init__(self) -> None:
        self.all: list[SequencedCommit] = []

    def partition_of(self, commit: SequencedCommit) -> int:
        return commit.position % PARTITIONS

    def send(self, commit: SequencedCommit, previous: int) -> None:
        self.all.append(commit)

    def acknowledged(self) -> None: ...

    def is_same_topic(self) -> bool:
        return True

    def close(self) -> None: ...


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lossy_relay, "DELAY_S", 0.0)


def send(folder: Path, count: int) -> list[int]:
    """The positions, as they went out."""
    sent = Sent()
    producer = LossyProducer(sent, folder)
    for position in range(1, count + 1):
        producer.send(with_position(commit(f"post-{position}", 1), position, ""), 0)
    producer.acknowledged()
    return [one.position for one in sent.all]


def test_an_honest_relay_sends_everything_in_order(tmp_path: Path) -> None:
    assert send(tmp_path, 30) == list(range(1, 31))
    assert tamperings(tmp_path) == []


def test_it_loses_what_it_records_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / SWITCH_FILE).touch()
    sent = send(tmp_path, 100)
    lost = [note.position for note in tamperings(tmp_path) if note.what == "lost"]
    assert lost
    assert sorted([*sent, *lost]) == list(range(1, 101))


def test_a_partition_is_overtaken_and_keeps_its_own_order(tmp_path: Path) -> None:
    (tmp_path / SWITCH_FILE).touch()
    sent = send(tmp_path, 100)
    assert sent != sorted(sent)
    for partition in range(PARTITIONS):
        own = [position for position in sent if position % PARTITIONS == partition]
        assert own == sorted(own)
    overtaken = {note.position for note in tamperings(tmp_path) if note.what == "overtaken"}
    late = {position for at, position in enumerate(sent) if any(one > position for one in sent[:at])}
    assert overtaken == late

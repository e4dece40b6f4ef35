"""What can go wrong with the log itself: messages again, out of order, lost, expired unread; the topic deleted."""

import random
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError
from kafka.producer.future import FutureRecordMetadata

import bootstrap
from domain.errors import Unavailable
from eventstore.kafka.producer import READY_TIMEOUT_MS, KafkaAddress, place
from eventstore.mongo.connection import translating_errors
from eventstore.mongo.store import MongoEventStore
from readmodel.engine import progress

from .faults import SEARCH_S, Scene, within
from .lossy import SWITCH, Note, notes
from .processes import hurt
from .waiting import catches_up

SOON_S = 120.0
"""So long others may take to write what a fault waits for, and projectors to show it, on a machine with much to do."""
AGAIN = 40


class Repeat(msgspec.Struct, frozen=True):
    """Puts old messages into the topic once more: the same key, value and headers, in any order.

    Where another fault has just emptied or deleted the topic, it waits until there are messages again.
    """

    def strike(self, scene: Scene) -> None:
        failed: list[KafkaError] = []
        if not within(SOON_S, lambda: self._repeated(scene, failed) > 0, SEARCH_S):
            scene.failed.append(f"nothing could be sent again within {SOON_S:g} s: {failed[-1:]}")

    def heal(self, scene: Scene) -> None:
        """There is nothing to take back: readers have to know them."""

    def _repeated(self, scene: Scene, failed: list[KafkaError]) -> int:
        try:
            with _consumer() as (consumer, partitions), _producer() as producer:
                old = [one for partition in partitions for one in _old(consumer, partition, scene.dice)]
                scene.dice.shuffle(old)
                sent = [_again(producer, message) for message in old]
                producer.flush(timeout=SOON_S)
        except KafkaError as error:
            failed.append(error)
            return 0
        done = sum(bool(one.succeeded()) for one in sent)
        scene.done["messages sent again"] += done
        return done


class Meddle(msgspec.Struct, frozen=True):
    """Has the relays of drill.lossy lose messages, and others overtaken, until both have happened."""

    def strike(self, scene: Scene) -> None:
        folder = scene.places["data"]
        before = len(notes(folder))
        (folder / SWITCH).touch()
        within(SOON_S, lambda: {"lost", "overtaken"} <= {note.what for note in notes(folder)[before:]}, SEARCH_S)
        self.heal(scene)
        # What is lost shows in a later message of its partition: until one has gone out, nobody can know.
        if not within(SOON_S, lambda: self._followed(scene, notes(folder)[before:]), SEARCH_S):
            scene.failed.append(f"nothing was written after lost messages within {SOON_S:g} s")
        for what in ("lost", "overtaken"):
            found = sum(note.what == what for note in notes(folder)[before:])
            scene.done[f"messages {what}"] += found
            if not found:
                scene.failed.append(f"no message was {what} within {SOON_S:g} s")

    def heal(self, scene: Scene) -> None:
        (scene.places["data"] / SWITCH).unlink(missing_ok=True)

    def _followed(self, scene: Scene, found: Sequence[Note]) -> bool:
        assert isinstance(scene.store, MongoEventStore)
        name = f"topic {where().topic}"
        try:
            with translating_errors():
                lasts = (scene.store.database["relay"].find_one({"_id": name}) or {}).get("lasts", ())
        except Unavailable:
            return False
        return all(lasts[note.partition] > note.position for note in found if note.what == "lost")


class Expire(msgspec.Struct, frozen=True):
    """Deletes all messages while the projectors sleep, also those they haven't read, as the end of retention does."""

    projectors: tuple[str, ...]

    def strike(self, scene: Scene) -> None:
        sleeping = [pid for name in self.projectors if (pid := scene.keeper.main(name)) is not None]
        for pid in sleeping:
            hurt(pid, signal.SIGSTOP)
        try:
            scene.done["unread messages deleted"] += self._delete(scene)
        except KafkaError as error:
            scene.failed.append(f"messages couldn't be deleted: {error!r}")
        finally:
            for pid in sleeping:
                hurt(pid, signal.SIGCONT)
        if not catches_up(scene.store, scene.generations, SOON_S):
            scene.failed.append(f"what was deleted unread isn't shown after {SOON_S:g} s")

    def heal(self, scene: Scene) -> None:
        """The projectors have been woken, whatever happened."""

    def _delete(self, scene: Scene) -> int:
        with _consumer() as (consumer, partitions):
            within(SOON_S, lambda: _unread(scene, consumer.end_offsets(partitions)) > 0, SEARCH_S)
            ends = consumer.end_offsets(partitions)
        with admin() as client:
            client.delete_records(ends)
        return _unread(scene, ends)


class DeleteTopic(msgspec.Struct, frozen=True):
    """What a tired operator does."""

    def strike(self, scene: Scene) -> None:
        try:
            with admin() as client:
                client.delete_topics([where().topic])
        except KafkaError as error:
            scene.failed.append(f"the topic couldn't be deleted: {error!r}")
            return
        scene.done["deleted topic"] += 1

    def heal(self, scene: Scene) -> None:
        """The relay makes it again."""


def where() -> KafkaAddress:
    """The site's servers and topic."""
    return place(bootstrap.settings().event_log_url)


def admin() -> KafkaAdminClient:
    """To be used as a context manager. Raises KafkaError."""
    return KafkaAdminClient(bootstrap_servers=where().servers, bootstrap_timeout_ms=READY_TIMEOUT_MS)


@contextmanager
def _consumer() -> Iterator[tuple[KafkaConsumer, list[TopicPartition]]]:
    """One of no group, and all partitions of the topic."""
    topic = where().topic
    consumer = KafkaConsumer(
        bootstrap_servers=where().servers,
        bootstrap_timeout_ms=READY_TIMEOUT_MS,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    try:
        partitions = [TopicPartition(topic, one) for one in consumer.partitions_for_topic(topic) or ()]
        yield consumer, partitions
    finally:
        consumer.close(autocommit=False)


@contextmanager
def _producer() -> Iterator[KafkaProducer]:
    producer = KafkaProducer(bootstrap_servers=where().servers, bootstrap_timeout_ms=READY_TIMEOUT_MS, acks="all")
    try:
        yield producer
    finally:
        producer.close(timeout=1.0)


def _old(consumer: KafkaConsumer, partition: TopicPartition, dice: random.Random) -> list[ConsumerRecord]:
    """Some messages in a row from somewhere in a partition."""
    first, end = consumer.beginning_offsets([partition])[partition], consumer.end_offsets([partition])[partition]
    if first == end:
        return []
    consumer.assign([partition])
    consumer.seek(partition, dice.randrange(first, end))
    found: Mapping[TopicPartition, list[ConsumerRecord]] = consumer.poll(timeout_ms=5_000, max_records=AGAIN)
    return found.get(partition, [])


def _again(producer: KafkaProducer, message: ConsumerRecord) -> FutureRecordMetadata:
    return producer.send(
        message.topic, key=message.key, value=message.value, headers=message.headers, partition=message.partition
    )


def _unread(scene: Scene, ends: Mapping[TopicPartition, int]) -> int:
    """How many messages no projector has applied yet."""
    with scene.generations.connect() as connection:
        read = progress.offsets(connection)
    return sum(max(0, end - read.get(at.partition, (0, 0))[0]) for at, end in ends.items())

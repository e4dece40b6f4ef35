"""Faults of the log's topic: messages delivered again, lost, overtaken, expired unread; the topic deleted."""

import random
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError

import bootstrap
from eventstore.kafka.producer import READY_TIMEOUT_MS, KafkaAddress, place
from readmodel.engine import progress

from .catch_up import shows_all_of
from .faults import SLOW_POLL_INTERVAL_S, Fault, FaultContext
from .lossy_relay import SWITCH_FILE, Tampering, tamperings
from .processes import send_signal, wait_for
from .server_faults import relay_document

TRAFFIC_TIMEOUT_S = 120.0
"""Others may take so long to write what a fault waits for, and projectors to show it, on a machine with much to do."""
REDELIVERED_A_PARTITION = 40


class Redeliver(Fault, frozen=True):
    """Puts old messages into the topic once more: the same key, value and headers, in any order.

    Where another fault has just emptied or deleted the topic, it waits until there are messages again.
    """

    def inject(self, context: FaultContext) -> None:
        errors: list[KafkaError] = []
        if not context.expect(lambda: self._redelivered(context, errors), "nothing was sent again", TRAFFIC_TIMEOUT_S):
            context.failures.append(f"the last error: {errors[-1:]}")

    def _redelivered(self, context: FaultContext, errors: list[KafkaError]) -> int:
        try:
            with _consumer() as (consumer, partitions):
                old = [message for one in partitions for message in _old_messages(consumer, one, context.rng)]
            context.rng.shuffle(old)
            sent = _send_again(old)
        except KafkaError as error:
            errors.append(error)
            return 0
        context.injected["messages sent again"] += sent
        return sent


class LoseAndReorder(Fault, frozen=True):
    """Has the relays of lossy_relay.py lose messages, and others overtaken, until both have happened."""

    def inject(self, context: FaultContext) -> None:
        folder = context.data_dir
        before = len(tamperings(folder))

        def new() -> list[Tampering]:
            return tamperings(folder)[before:]

        (folder / SWITCH_FILE).touch()
        both = {"lost", "overtaken"}
        context.expect(
            lambda: both == {one.what for one in new()}, "messages weren't lost and overtaken", TRAFFIC_TIMEOUT_S
        )
        self.undo(context)
        # What is lost shows in a later message of its partition: until one has gone out, nobody can know.
        context.expect(
            lambda: _are_followed(context, new()), "nothing was written after lost messages", TRAFFIC_TIMEOUT_S
        )
        context.injected.update(f"messages {one.what}" for one in new())

    def undo(self, context: FaultContext) -> None:
        (context.data_dir / SWITCH_FILE).unlink(missing_ok=True)


class ExpireUnread(Fault, frozen=True):
    """Deletes all messages while the projectors are frozen, also unread ones, as the end of retention does."""

    projectors: tuple[str, ...]

    def inject(self, context: FaultContext) -> None:
        # All of them: one that is dead just now would come back, and read everything.
        pids = [pid for one in self.projectors if (pid := context.supervisor.wait_for_pid(one)) is not None]
        frozen = [pid for pid in pids if send_signal(pid, signal.SIGSTOP)]
        try:
            context.injected["unread messages deleted"] += self._delete(context)
        finally:
            for pid in frozen:
                send_signal(pid, signal.SIGCONT)
        shown = shows_all_of(context.store, context.generations)
        context.expect(shown, "what was deleted unread wasn't shown", TRAFFIC_TIMEOUT_S)

    def _delete(self, context: FaultContext) -> int:
        with _consumer() as (consumer, partitions):
            wait_for(
                TRAFFIC_TIMEOUT_S, lambda: _unread(context, consumer.end_offsets(partitions)), SLOW_POLL_INTERVAL_S
            )
            ends = consumer.end_offsets(partitions)
        with admin_client() as client:
            client.delete_records(ends)
        return _unread(context, ends)


class DeleteTopic(Fault, frozen=True):
    """An operator's mistake. The relay makes the topic again."""

    def inject(self, context: FaultContext) -> None:
        with admin_client() as client:
            client.delete_topics([topic().topic])
        context.injected["deleted topic"] += 1


def topic() -> KafkaAddress:
    """The site's Kafka servers and topic."""
    return place(bootstrap.settings().event_log_url)


def admin_client() -> KafkaAdminClient:
    """To be used as a context manager. Raises KafkaError."""
    return KafkaAdminClient(bootstrap_servers=topic().servers, bootstrap_timeout_ms=READY_TIMEOUT_MS)


@contextmanager
def _consumer() -> Iterator[tuple[KafkaConsumer, list[TopicPartition]]]:
    """One of no group, and all partitions of the topic."""
    with KafkaConsumer(bootstrap_servers=topic().servers, bootstrap_timeout_ms=READY_TIMEOUT_MS) as consumer:
        name = topic().topic
        yield consumer, [TopicPartition(name, number) for number in consumer.partitions_for_topic(name) or ()]


def _old_messages(consumer: KafkaConsumer, partition: TopicPartition, rng: random.Random) -> list[ConsumerRecord]:
    """Some in a row from somewhere in a partition."""
    first, end = consumer.beginning_offsets([partition])[partition], consumer.end_offsets([partition])[partition]
    if first == end:
        return []
    consumer.assign([partition])
    consumer.seek(partition, rng.randrange(first, end))
    found: Mapping[TopicPartition, list[ConsumerRecord]] = consumer.poll(
        timeout_ms=5_000, max_records=REDELIVERED_A_PARTITION
    )
    return found.get(partition, [])


def _send_again(messages: Sequence[ConsumerRecord]) -> int:
    """Gives how many were acknowledged."""
    producer = KafkaProducer(bootstrap_servers=topic().servers, bootstrap_timeout_ms=READY_TIMEOUT_MS, acks="all")
    try:
        sent = [
            producer.send(one.topic, key=one.key, value=one.value, headers=one.headers, partition=one.partition)
            for one in messages
        ]
        producer.flush(timeout=TRAFFIC_TIMEOUT_S)
    finally:
        producer.close(timeout=1.0)
    return sum(bool(one.succeeded()) for one in sent)


def _are_followed(context: FaultContext, found: Sequence[Tampering]) -> bool:
    """Whether each partition that lost something has had a later message since."""
    lasts = relay_document(context, f"topic {topic().topic}").get("lasts", ())
    return bool(lasts) and all(lasts[one.partition] > one.position for one in found if one.what == "lost")


def _unread(context: FaultContext, ends: Mapping[TopicPartition, int]) -> int:
    """How many messages no projector has applied yet."""
    with context.generations.connect() as connection:
        read = progress.offsets(connection)
    return sum(max(0, end - read.get(at.partition, (0, 0))[0]) for at, end in ends.items())

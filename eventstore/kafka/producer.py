"""Kafka as the relay sees it: a topic that is there with its partitions, and commits that go out in order.

The producer is idempotent and waits for all replicas. After any failure it is thrown away and everything since the
last checkpoint is sent again: a reader tells what it has by the stream's version.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import structlog
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import ConfigResource
from kafka.errors import KafkaError, TopicAlreadyExistsError
from kafka.partitioner.default import murmur2

from domain.catalogue import SECRET_TYPES
from domain.commit import SequencedCommit
from domain.errors import Unavailable
from eventstore.cloudevents import headers
from eventstore.codec import encode_commit

_RETENTION = "retention.ms"
MAX_MESSAGE_BYTES = 900_000
"""A commit of more bytes is sent without its value, like one with a secret: the reader fetches it from the store."""
READY_TIMEOUT_MS = 15_000
_ACK_TIMEOUT_S = 30.0
_ACK_POLL_S = 2.0
_CLOSE_TIMEOUT_S = 0.5


class KafkaAddress(msgspec.Struct, frozen=True, kw_only=True):
    """kafka://host:port,host:port/topic?partitions=6&replication=3&group=verbatim-projector

    replication -1 is the cluster's own default. partitions counts when the topic is made, or has fewer.
    retention: how long a message is kept.
    """

    servers: list[str]
    topic: str
    partitions: int = 6
    replication: int = -1
    group: str = "verbatim-projector"
    retention: timedelta = timedelta(days=7)

    @property
    def retention_ms(self) -> str:
        return str(int(self.retention.total_seconds() * 1000))


log = structlog.get_logger("relay")


def place(url: str) -> KafkaAddress:
    parts = urlsplit(url)
    said = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return msgspec.convert(
        {"servers": parts.netloc.split(","), "topic": parts.path.strip("/"), **said}, KafkaAddress, strict=False
    )


class Topic(msgspec.Struct, frozen=True):
    """A topic as it is. Its id changes when it is deleted and made again."""

    id: str
    partitions: int


def topic(admin: Any, where: KafkaAddress) -> Topic:
    """The topic, made where it isn't there, widened where it has too few partitions. Raises KafkaError, Unavailable."""
    found = _found(admin, where)
    if found is not None and found.partitions >= where.partitions:
        return found
    if found is None:
        _make(admin, where)
    else:
        admin.create_partitions({where.topic: where.partitions})
    admin.wait_for_topics([where.topic], timeout_ms=READY_TIMEOUT_MS)
    if (found := _found(admin, where)) is None:
        raise Unavailable(f"Kafka doesn't show the topic {where.topic} yet.")
    return found


def partition_of(key: str, partitions: int) -> int:
    """Where Kafka's own default partitioner puts a key."""
    return _hash(key) % partitions


@lru_cache(maxsize=50_000)
def _hash(key: str) -> int:
    return int(murmur2(key.encode())) & 0x7FFFFFFF


def _found(admin: Any, where: KafkaAddress) -> Topic | None:
    (found,) = admin.describe_topics([where.topic])
    partitions = found["partitions"]
    if found["error_code"] or not partitions:
        return None
    return Topic(str(found.get("topic_id")), len(partitions))


def _make(admin: Any, where: KafkaAddress) -> None:
    options = {
        "num_partitions": where.partitions,
        "replication_factor": where.replication,
        "configs": {"cleanup.policy": "delete", _RETENTION: where.retention_ms},
    }
    try:
        admin.create_topics({where.topic: options})
    except TopicAlreadyExistsError:
        return


def set_retention(admin: Any, where: KafkaAddress) -> None:
    """Has an older topic keep its messages as long as one that is made today. Where that isn't allowed, says so."""
    wanted = {_RETENTION: where.retention_ms}
    try:
        found = admin.describe_configs([ConfigResource("TOPIC", where.topic, [_RETENTION])])["topic"][where.topic]
        if found.get(_RETENTION, {}).get("value") != where.retention_ms:
            answer = admin.alter_configs([ConfigResource("TOPIC", where.topic, wanted)])["topic"][where.topic]
            if answer != "OK":
                raise KafkaError(answer)
    except KafkaError as error:
        log.warning("the topic doesn't keep messages as long as KEEP_TOPIC says", wanted=wanted, error=str(error))


class TopicProducer:
    """Sends commits, in the order they are given. Not to be shared between threads."""

    def __init__(self, where: KafkaAddress) -> None:
        self._where = where
        self._futures: list[Any] = []
        with translating_errors():
            self._admin = KafkaAdminClient(bootstrap_servers=where.servers, bootstrap_timeout_ms=READY_TIMEOUT_MS)
            try:
                self._topic = topic(self._admin, where)
                set_retention(self._admin, where)
                self._producer = KafkaProducer(
                    bootstrap_servers=where.servers,
                    acks="all",
                    allow_auto_create_topics=False,
                    batch_size=256 * 1024,
                    bootstrap_timeout_ms=READY_TIMEOUT_MS,
                    compression_type="lz4",
                    delivery_timeout_ms=int(_ACK_TIMEOUT_S * 1000),
                    enable_idempotence=True,
                    max_block_ms=READY_TIMEOUT_MS,
                    request_timeout_ms=10_000,
                )
            except BaseException:
                self._admin.close()
                raise

    @property
    def topic_id(self) -> str:
        return self._topic.id

    @property
    def partitions(self) -> int:
        return self._topic.partitions

    def partition_of(self, commit: SequencedCommit) -> int:
        return partition_of(commit.key, self._topic.partitions)

    def send(self, commit: SequencedCommit, previous: int) -> None:
        """Hands one commit over; acknowledged() tells what became of it. previous: see cloudevents.headers."""
        try:
            sent = self._producer.send(
                self._where.topic,
                key=commit.key.encode(),
                value=_value(commit),
                headers=headers(commit, previous),
                partition=self.partition_of(commit),
            )
        except KafkaError as error:
            raise _unavailable(error) from error
        self._futures.append(sent)

    def acknowledged(self, leave: int = 0) -> None:
        """Waits until what was sent, but for the last `leave`, is on all replicas.

        Raises Unavailable where it isn't: start again then.
        """
        asked = max(0, len(self._futures) - leave)
        sent, self._futures = self._futures[:asked], self._futures[asked:]
        until = time.monotonic() + _ACK_TIMEOUT_S
        for future in sent:
            while not (future.is_done or self._answered(future, until)):
                if not self.is_same_topic():
                    raise Unavailable(f"The topic {self._where.topic} was deleted.")
            if future.failed():
                raise _unavailable(future.exception)

    def is_same_topic(self) -> bool:
        """Whether the topic is still the one that was there at first."""
        with translating_errors():
            return _found(self._admin, self._where) == self._topic

    def close(self) -> None:
        """What isn't acknowledged soon won't be sent by this producer any more."""
        for step in (lambda: self._producer.flush(timeout=_CLOSE_TIMEOUT_S), self._end_producer, self._admin.close):
            with suppress(KafkaError):
                step()

    def _end_producer(self) -> None:
        """While messages are on their way, close() by itself refuses, and does so again, aloud, at the very end."""
        self._producer._sender.force_close()
        self._producer._sender.join(_ACK_POLL_S)
        self._producer.close(timeout=_CLOSE_TIMEOUT_S)

    def _answered(self, future: Any, until: float) -> bool:
        """Waits for one message's answer a while. Gives whether it is there."""
        with suppress(KafkaError):
            future.get(timeout=_ACK_POLL_S)
        if not future.is_done and time.monotonic() >= until:
            raise Unavailable(f"Kafka hasn't acknowledged what was sent within {_ACK_TIMEOUT_S:.0f} s.")
        return bool(future.is_done)


def _value(commit: SequencedCommit) -> bytes:
    """Nothing where the commit is too large, or holds a secret: whoever may read a topic may not read the store."""
    if any(event.type in SECRET_TYPES for event in commit.events):
        return b""
    value = encode_commit(commit)
    return value if len(value) <= MAX_MESSAGE_BYTES else b""


@contextmanager
def translating_errors() -> Iterator[None]:
    """Whatever goes wrong with Kafka leaves as Unavailable."""
    try:
        yield
    except KafkaError as error:
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> Unavailable:
    return Unavailable(f"Kafka can't be reached or can't do that now ({error}).")

"""Kafka as a projector sees it: a consumer group that deals out partitions, read from offsets that the reader keeps.

Nothing is committed to Kafka. A message that can't be read is fetched from the store; one that is missing shows in the
next one, which says what went before it (cloudevents.PREVIOUS; docs/decisions/0016). One of a commit that the store has
lost, because it was put back to an earlier state, is left out (docs/decisions/0040).
"""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

import structlog
from kafka import ConsumerRebalanceListener, KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from kafka.errors import KafkaError, OffsetOutOfRangeError

from domain.commit import SequencedCommit
from domain.errors import Damaged, Unavailable
from domain.ports import EventStore
from eventstore.cloudevents import ID, POSITION, PREVIOUS, number
from eventstore.codec import decode_sequenced
from eventstore.log.protocol import MAX_POSITION, Delivery

from .backoff import Backoff
from .producer import READY_TIMEOUT_MS, KafkaAddress, partition_of, topic, translating_errors

SESSION_TIMEOUT_MS = 10_000
"""A projector that isn't heard of for so long loses its partitions to the others."""
JOIN_TIMEOUT_S = 30.0
"""A reader that has no part in the group for so long, though Kafka answers, begins to join anew."""
CLOSE_TIMEOUT_MS = 3_000
STORE_PAGE_COMMITS = 1_000

log = structlog.get_logger("log")


class KafkaLog:
    """Follows one topic. Meets eventstore.log.protocol.Log; for one thread.

    To be polled half a second at a time, with little between: kafka-python begins anew a join that ends meanwhile. One
    that it forgets, since the topic was deleted and is back with as many partitions, is begun anew here.
    """

    def __init__(self, where: KafkaAddress, store: EventStore) -> None:
        self._where = where
        self._store = store
        self._positioned: set[int] = set()
        self._revoked: set[int] = set()
        self._joining_since: float | None = time.monotonic()
        self._backoff = Backoff()
        with translating_errors():
            with KafkaAdminClient(bootstrap_servers=where.servers, bootstrap_timeout_ms=READY_TIMEOUT_MS) as admin:
                topic(admin, where)
            self._consumer = KafkaConsumer(
                bootstrap_servers=where.servers,
                allow_auto_create_topics=False,
                auto_offset_reset="none",
                bootstrap_timeout_ms=READY_TIMEOUT_MS,
                enable_auto_commit=False,
                group_id=where.group,
                heartbeat_interval_ms=SESSION_TIMEOUT_MS // 4,
                max_partition_fetch_bytes=8 << 20,
                metadata_max_age_ms=10_000,
                partition_assignment_strategy=(RoundRobinPartitionAssignor,),
                session_timeout_ms=SESSION_TIMEOUT_MS,
            )
            self._subscribe()

    def _subscribe(self) -> None:
        self._consumer.subscribe([self._where.topic], listener=_Listener(self._revoke, self._receive))

    def assigned(self) -> frozenset[int]:
        kept = self._assignment() - self._revoked
        self._revoked.clear()
        return kept

    def beginning(self, partition: int) -> int:
        with translating_errors():
            return int(self._consumer.beginning_offsets([self._at(partition)])[self._at(partition)])

    def seek(self, partition: int, offset: int) -> int:
        at = self._at(partition)
        with translating_errors():
            end = int(self._consumer.end_offsets([at])[at])
        first = self.beginning(partition)
        start = offset if first <= offset <= end else first
        if start != offset:
            log.warning("log: the topic begins anew", partition=partition, wanted=offset, first=first, end=end)
        if partition in self._assignment():
            # Where nothing is to come, the last message tells whether this is still the log that the offset is of.
            self._consumer.seek(at, start - 1 if first < start == end else start)
            self._consumer.resume(at)
            self._positioned.add(partition)
        return start

    def poll(self, limit: int, timeout_s: float) -> list[Delivery]:
        hurried = self._assignment() - self._positioned
        try:
            self._join_anew_where_forgotten()
            found = self._consumer.poll(timeout_ms=0 if hurried else int(timeout_s * 1000), max_records=limit)
        except OffsetOutOfRangeError as error:
            log.warning("log: offsets are gone", detail=str(error))
            self._pause_until_sought(self._assignment())
            return []
        except KafkaError as error:
            self._backoff.record_failure(error)
            return []
        self._backoff.record_success(bool(found))
        positioned = (messages for at, messages in found.items() if at.partition in self._positioned)
        return self._known_to_store([message for messages in positioned for message in messages])

    def _join_anew_where_forgotten(self) -> None:
        """Leaves and joins where what was revoked long ago hasn't been followed by an assignment, an empty one even."""
        if self._joining_since is None or time.monotonic() - self._joining_since < JOIN_TIMEOUT_S:
            return
        log.warning("log: no part in the group, joining anew", group=self._where.group)
        self._joining_since = time.monotonic()
        self._consumer.unsubscribe()
        self._subscribe()

    def _known_to_store(self, messages: Sequence[Any]) -> list[Delivery]:
        """Those whose commits the store has, at their positions. Where it can't be asked now they come again."""
        try:
            given = [delivery for message in messages if (delivery := self._delivery(message)) is not None]
            chains = self._store.chains({one.commit.position for one in given}) if given else {}
        except Unavailable as error:
            log.warning("log: the event store can't be read", error=str(error))
            self._rewind(messages)
            return []
        kept = [one for one in given if not one.commit.chain or chains.get(one.commit.position) == one.commit.chain]
        if len(kept) < len(given):
            log.warning("log: the event store has lost what the log tells of", messages=len(given) - len(kept))
        return kept

    def _rewind(self, messages: Iterable[Any]) -> None:
        first: dict[int, int] = {}
        for one in messages:
            first[one.partition] = min(one.offset, first.get(one.partition, one.offset))
        for partition in first.keys() & self._assignment():
            self._consumer.seek(self._at(partition), first[partition])

    def missed(self, partition: int, after: int, upto: int) -> Iterable[list[SequencedCommit]]:
        with translating_errors():
            partitions = len(self._consumer.partitions_for_topic(self._where.topic) or ())
        while after < upto:
            page = self._page(after, upto)
            if not page:
                break
            yield [commit for commit in page if partition_of(commit.key, partitions or 1) == partition]
            after = page[-1].position

    def _page(self, after: int, upto: int) -> list[SequencedCommit]:
        limit = min(STORE_PAGE_COMMITS, upto - after)
        if not (page := self._store.read(after, limit)) and upto < MAX_POSITION:
            raise Unavailable(f"The log tells of position {upto}, and the store doesn't show {after + 1} yet.")
        return page

    def close(self) -> None:
        with suppress(KafkaError):
            self._consumer.close(autocommit=False, timeout_ms=CLOSE_TIMEOUT_MS)

    def _revoke(self, partitions: Iterable[int]) -> None:
        self._joining_since = self._joining_since or time.monotonic()
        self._release(partitions)

    def _receive(self, partitions: Iterable[int]) -> None:
        self._joining_since = None
        self._pause_until_sought(partitions)

    def _release(self, partitions: Iterable[int]) -> None:
        """Whoever reads has to let go of them, and to seek again should it get them again."""
        self._revoked.update(partitions)
        self._positioned.difference_update(partitions)

    def _pause_until_sought(self, partitions: Iterable[int]) -> None:
        """What was just assigned waits until somebody seeks; Kafka itself keeps no offset to begin from."""
        self._release(partitions)
        for at in map(self._at, partitions):
            self._consumer.pause(at)
            self._consumer.seek(at, 0)

    def _assignment(self) -> frozenset[int]:
        if self._joining_since:
            return frozenset()  # kafka-python keeps what was revoked among it until the group has shared out anew.
        return frozenset(at.partition for at in self._consumer.assignment())

    def _at(self, partition: int) -> Any:
        return TopicPartition(self._where.topic, partition)

    def _delivery(self, message: Any) -> Delivery | None:
        previous = number(message.headers, PREVIOUS)
        try:
            commit = decode_sequenced(message.value or b"")
        except Damaged as error:
            position = number(message.headers, POSITION)
            stored = self._store.read(position - 1, 1) if position else []
            if not stored:
                log.error(
                    "log: unreadable message", partition=message.partition, offset=message.offset, error=str(error)
                )
                return None
            commit = stored[0]
            if dict(message.headers).get(ID, commit.id.encode()) != commit.id.encode():
                log.warning("log: the event store has another commit than the log tells of", position=position)
                return None
        return Delivery(message.partition, message.offset, commit, previous)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, revoke: Callable[[list[int]], None], receive: Callable[[list[int]], None]) -> None:
        self._revoke = revoke
        self._receive = receive

    def on_partitions_revoked(self, revoked: Iterable[Any]) -> None:
        self._revoke([at.partition for at in revoked])

    def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        self._receive([at.partition for at in assigned])

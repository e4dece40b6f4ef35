"""The relay's whole way from MongoDB to Kafka, beside what kafka-python alone makes of the same messages.

Commits that wait in MongoDB, until they are numbered, chained, in Kafka, acknowledged, and noted. Floor: KafkaProducer
with its own defaults, idempotent and with acks=all as ours, sends the same keys, values and headers, made beforehand,
and waits for the acknowledgements.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

import msgspec
from kafka import KafkaProducer

from domain.commit import Commit
from eventstore.chain import sequenced
from eventstore.cloudevents import Headers, headers
from eventstore.codec import encode_commit
from eventstore.kafka.producer import TopicProducer
from eventstore.mongo.checkpoint import Checkpoint
from eventstore.mongo.store import MongoEventStore
from eventstore.relay.publisher import Publisher
from eventstore.relay.sequencer_thread import SequencerThread

from .measure import Row, Timed, alternate, per_second, speed_row, stopwatch
from .site import BenchSite, posts_csv
from .stack import Stack, temporary_stack

TURNS = 7
Message = tuple[bytes, bytes, Headers]
"""Key, value, headers."""


def run(folder: Path, size: int | None) -> Iterator[Row]:
    commits = _unsequenced(folder, size)
    share = len(commits) // TURNS
    with (
        temporary_stack() as ours,
        temporary_stack() as bare,
        _relay(ours, iter(commits), share) as relay,
        _producer(bare, iter(commits), share) as producer,
    ):
        yield speed_row(
            "stack: relay / kafka-python",
            alternate(relay, producer, TURNS),
            per_second(share, "commits"),
            least=0.4,
        )


def _unsequenced(folder: Path, size: int | None) -> list[Commit]:
    """Posts as the commits that an import makes, before they have positions."""
    with closing(BenchSite(folder / "site")) as site:
        site.import_posts(posts_csv(folder, size))
        found = site.store.read(0, site.store.head()[0])
    return [msgspec.structs.replace(commit, position=None, chain=None) for commit in found]


@contextmanager
def _relay(stack: Stack, commits: Iterator[Commit], share: int) -> Iterator[Timed]:
    with closing(MongoEventStore(stack.store_url)) as store, closing(TopicProducer(stack.topic)) as producer:
        checkpoint = Checkpoint(store.database["relay"], stack.name, 1)
        checkpoint.claim()

        def turn() -> float:
            store.append_many(list(islice(commits, share)))
            last = store.commits.count_documents({})
            with stopwatch() as seconds, SequencerThread(store).running() as numbering:
                feed = Publisher(store, numbering.take, producer, checkpoint)
                while checkpoint.claim().sent < last:
                    while feed.step(0.01):
                        pass
            return seconds[0]

        yield turn


@contextmanager
def _producer(stack: Stack, commits: Iterator[Commit], share: int) -> Iterator[Timed]:
    TopicProducer(stack.topic).close()  # makes the topic

    def turn() -> float:
        messages = _messages(list(islice(commits, share)))
        with stopwatch() as seconds:
            for key, value, message_headers in messages:
                producer.send(stack.name, key=key, value=value, headers=message_headers)
            producer.flush()
        return seconds[0]

    with closing(KafkaProducer(bootstrap_servers=stack.topic.servers, acks="all", enable_idempotence=True)) as producer:
        yield turn


def _messages(commits: Sequence[Commit]) -> list[Message]:
    made: list[Message] = []
    chain = ""
    for position, commit in enumerate(commits, 1):
        placed = sequenced(commit, position, chain)
        chain = placed.chain or ""
        made.append((commit.key.encode(), encode_commit(placed), headers(placed, position - 1)))
    return made

"""The relay's whole way, against what kafka-python alone makes of the same messages, and against bulk updates alone."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from kafka import KafkaProducer
from pymongo import MongoClient, UpdateOne

from domain.commit import Commit
from eventstore.chain import sequenced
from eventstore.cloudevents import Headers, headers
from eventstore.codec import encode_commit
from eventstore.kafka.producer import TopicProducer
from eventstore.mongo.checkpoint import Checkpoint
from eventstore.mongo.documents import document_of
from eventstore.mongo.store import MongoEventStore
from eventstore.relay.publisher import Publisher
from eventstore.relay.sequencer_thread import SequencerThread

from .measure import Row, Timed, Turns, compared, in_turns, stopwatch
from .site import BenchSite, posts_csv
from .stack_servers import Stack, fresh

TURNS = 7
BULK = 1_000
OURS: dict[str, Any] = {"batch_size": 256 * 1024, "compression_type": "lz4"}
"""What eventstore.kafka sets besides."""
Message = tuple[bytes, bytes, Headers]
"""Key, value, headers."""


def run(folder: Path, size: int | None) -> Iterator[Row]:
    commits, what = _posts(folder, size)
    share = len(commits) // TURNS
    with fresh() as ours, fresh() as bare:
        with _relays(ours, iter(commits), share) as relays, _produces(bare, iter(commits), share) as produces:
            turns = in_turns(relays, produces, TURNS)
        yield compared(
            "stack: relay / kafka-python",
            turns,
            units=share,
            unit="commits",
            target=0.4,
            how=f"{share:,} commits a turn ({what}) that wait in MongoDB, until they are numbered, chained, in Kafka, "
            "acknowledged, noted, and wait no more. Floor: KafkaProducer as it comes, idempotent and with acks=all as "
            "ours, sends the same keys, values and headers, made beforehand, and waits for the acknowledgements.",
        )
        with _produces(bare, iter(commits), share, **OURS) as produces:
            how = "the same, with the larger batches and lz4 of our relay."
            yield _also("stack: relay / kafka-python, tuned as ours", turns.ours, produces, share, how)
        with _updates(bare, iter(commits), share) as updates:
            how = f"bulk_write of an UpdateOne by _id that sets position and chain, {BULK:,} at a time."
            yield _also("stack: relay / bulk updates", turns.ours, updates, share, how)


def _also(what: str, ours: Sequence[float], floor: Timed, share: int, how: str) -> Row:
    """A further floor, which has no target."""
    turns = Turns(ours=list(ours), floor=[floor() for _ in range(TURNS)])
    how = f"The same turns of ours. Floor, after them: {how}"
    return compared(what, turns, units=share, unit="commits", how=how)


def _posts(folder: Path, size: int | None) -> tuple[list[Commit], str]:
    """Real posts as the commits that an import makes, before they are numbered."""
    path, what = posts_csv(folder, size)
    site = BenchSite(folder / "site")
    site.take_in(path)
    found = site.store.read(0, site.store.head()[0])
    site.close()
    return [msgspec.structs.replace(commit, position=None, chain=None) for commit in found], what


@contextmanager
def _relays(stack: Stack, commits: Iterator[Commit], share: int) -> Iterator[Timed]:
    with closing(MongoEventStore(stack.store_url)) as store, closing(TopicProducer(stack.topic)) as outlet:
        checkpoint = Checkpoint(store.database["relay"], stack.name, 1)
        checkpoint.claim()

        def turn() -> float:
            store.append_many(list(islice(commits, share)))
            upto = store.commits.count_documents({})
            with stopwatch() as seconds, SequencerThread(store).running() as numbering:
                feed = Publisher(store, numbering.take, outlet, checkpoint)
                while checkpoint.claim().sent < upto:
                    while feed.step(0.01):
                        pass
            return seconds[0]

        yield turn


@contextmanager
def _produces(stack: Stack, commits: Iterator[Commit], share: int, **settings: Any) -> Iterator[Timed]:
    TopicProducer(stack.topic).close()
    producer = KafkaProducer(bootstrap_servers=stack.topic.servers, acks="all", enable_idempotence=True, **settings)

    def turn() -> float:
        messages = _messages(list(islice(commits, share)))
        with stopwatch() as seconds:
            for key, value, said in messages:
                producer.send(stack.name, key=key, value=value, headers=said)
            producer.flush()
        return seconds[0]

    with closing(producer):
        yield turn


def _messages(commits: Sequence[Commit]) -> list[Message]:
    made: list[Message] = []
    chain = ""
    for position, commit in enumerate(commits, 1):
        numbered = sequenced(commit, position, chain)
        chain = numbered.chain or ""
        made.append((commit.key.encode(), encode_commit(numbered), headers(numbered, position - 1)))
    return made


@contextmanager
def _updates(stack: Stack, commits: Iterator[Commit], share: int) -> Iterator[Timed]:
    with MongoClient[dict[str, Any]](stack.store_url, w="majority", journal=True) as client:
        collection = client.get_default_database()["bare"]

        def turn() -> float:
            documents = [document_of(commit) for commit in islice(commits, share)]
            collection.insert_many(documents)
            updates = [
                UpdateOne({"_id": document["_id"]}, {"$set": {"position": at, "chain": "0" * 64}})
                for at, document in enumerate(documents)
            ]
            with stopwatch() as seconds:
                for at in range(0, len(updates), BULK):
                    collection.bulk_write(updates[at : at + BULK], ordered=False)
            return seconds[0]

        yield turn

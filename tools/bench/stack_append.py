"""Appending one commit to MongoDB, against a bare `insert_one` of the same document, as durably."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.collection import Collection

from eventstore.mongo.documents import document_of
from eventstore.mongo.store import MongoEventStore

from .append import commits
from .measure import Row, Timed, compared, in_turns, stopwatch
from .stack_servers import fresh

APPENDS = 2_000
A_TURN = 10


def run(folder: Path, size: int | None) -> Iterator[Row]:  # noqa: ARG001 nothing is kept in files
    with (
        fresh() as stack,
        closing(MongoEventStore(stack.store_url)) as store,
        MongoClient[dict[str, Any]](stack.store_url, w="majority", journal=True) as client,
    ):
        floor = client.get_default_database()["bare"]
        yield compared(
            "stack: append / bare insert_one",
            in_turns(_appends(store), _inserts(floor), max(2, (size or APPENDS) // A_TURN)),
            units=A_TURN,
            unit="commits",
            target=0.8,
            how="MongoEventStore.append of one commit that has a command id. Floor: pymongo's insert_one of the same "
            "document, made beforehand, into a collection without further indexes. Both w=majority, j=true.",
        )


def _appends(store: MongoEventStore) -> Timed:
    def turn() -> float:
        made = commits(A_TURN)
        with stopwatch() as seconds:
            for commit in made:
                store.append(commit)
        return seconds[0]

    return turn


def _inserts(collection: Collection[dict[str, Any]]) -> Timed:
    def turn() -> float:
        documents = [document_of(commit) | {"waiting": time.time_ns()} for commit in commits(A_TURN)]
        with stopwatch() as seconds:
            for document in documents:
                collection.insert_one(document)
        return seconds[0]

    return turn

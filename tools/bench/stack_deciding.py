"""The same as deciding, on MongoDB."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from eventstore.mongo.store import MongoEventStore

from .deciding import VERSIONS, rows
from .measure import Row
from .stack_servers import fresh


def run(folder: Path, size: int | None) -> Iterator[Row]:  # noqa: ARG001 nothing is kept in files
    with fresh() as stack, closing(MongoEventStore(stack.store_url)) as store:
        yield from rows("stack: decision", store, size or VERSIONS)

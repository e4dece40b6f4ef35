"""The connection to MongoDB: client settings, indexes, and its errors as sentences."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from pymongo import ASCENDING, IndexModel, MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError

from domain.errors import Unavailable

from .documents import Document

DATABASE = "verbatim"
"""The database's name where the URL says none."""

MAX_QUERY_VALUES = 1_000
"""Values in one query's `$in`."""
Item = TypeVar("Item")

DUPLICATE = 11_000
"""MongoDB's code for a value that a unique index has already."""


def _where(field: str) -> dict[str, Any]:
    return {"partialFilterExpression": {field: {"$exists": True}}}


COMMIT_INDEXES = (
    IndexModel([("stream", ASCENDING), ("first", ASCENDING)], name="one_commit_a_version", unique=True),
    IndexModel([("claim", ASCENDING)], name="one_holder_a_claim", unique=True, **_where("claim")),
    IndexModel([("waiting", ASCENDING)], name="waiting_for_a_position", **_where("waiting")),
    IndexModel([("erasing", ASCENDING)], name="erasures_under_way", **_where("erasing")),
)
BATCH_INDEXES = (IndexModel([("keys", ASCENDING)], name="position_of_a_commit"),)


def connect(url: str) -> MongoClient[Document]:
    """A client that writes to a majority's journals and reads what a majority has. Not to be shared over a fork."""
    return MongoClient(
        url,
        appname="verbatim",
        connectTimeoutMS=4_000,
        journal=True,
        readConcernLevel="majority",
        readPreference="primary",
        retryReads=True,
        retryWrites=True,
        serverSelectionTimeoutMS=4_000,
        socketTimeoutMS=8_000,
        w="majority",
        wTimeoutMS=5_000,
    )


def database(client: MongoClient[Document]) -> Database[Document]:
    return client.get_default_database(DATABASE)


def time_of(client: MongoClient[Document]) -> datetime:
    """By the server's own clock, in UTC, to the millisecond."""
    said: datetime = client.admin.command("hello")["localTime"]
    return said


@contextmanager
def translating_errors() -> Iterator[None]:
    """Turns the driver's errors into Unavailable. For idempotent operations."""
    try:
        yield
    except PyMongoError as error:
        raise Unavailable(f"The event store can't be reached or can't do that now ({first_line(error)}).") from error


def first_line(error: PyMongoError) -> str:
    """The first line of what the driver says, without its description of the topology."""
    return str(error).split(", Timeout:")[0].split("\n")[0][:300]


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of up to size items."""
    rest = iter(items)
    return iter(lambda: list(islice(rest, size)), [])

"""What posts and comments were at an earlier moment, out of their history, however long that is."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from domain.comment import CommentAdded, CommentEdited
from readmodel.engine.bulk import portions
from readmodel.engine.views import HistoryItem

from .history import history, item

MAX_VERSION = 2**31 - 1
"""No version is higher."""

_WORDS = (
    select(history.c.stream, history.c.body)
    .where(
        history.c.stream.in_(bindparam("streams", expanding=True)),
        history.c.type.in_((CommentAdded.type, CommentEdited.type)),
        history.c.at <= bindparam("at", type_=history.c.at.type),
    )
    .order_by(history.c.stream, history.c.version)
)
_NEWEST = (
    select(history)
    .where(history.c.stream == bindparam("stream"), history.c.version <= bindparam("version"))
    .order_by(history.c.version.desc())
    .limit(1)
)
_OF_TYPES = _NEWEST.where(history.c.type.in_(bindparam("types", expanding=True)))
_BY = _NEWEST.where(history.c.at <= bindparam("at", type_=history.c.at.type))


class History:
    """One stream's past, asked for an event at a time."""

    def __init__(self, connection: Connection, stream: str) -> None:
        self._connection = connection
        self._stream = stream

    def up_to(self, version: int, types: Collection[str] = ()) -> HistoryItem | None:
        """The newest event of these types (all, where none is named) that is no newer than the version."""
        if types:
            return self._one(_OF_TYPES, version=version, types=sorted(types))
        return self._one(_NEWEST, version=version)

    def by(self, at: str) -> HistoryItem | None:
        """The newest event by this moment."""
        return self._one(_BY, version=MAX_VERSION, at=at)

    def _one(self, statement: Select[Any], **values: Any) -> HistoryItem | None:
        row = self._connection.execute(statement, {"stream": self._stream} | values).first()
        return item(row) if row else None


def bodies(connection: Connection, streams: Sequence[str], at: str) -> dict[str, str]:
    """Stream → its words then, "" where these were erased since; without those that said nothing yet."""
    found: dict[str, str] = {}
    for some in portions(streams):
        found |= {row.stream: row.body or "" for row in connection.execute(_WORDS, {"streams": some, "at": at})}
    return found

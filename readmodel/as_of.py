"""Posts and comments as of an earlier moment, queried from their history by index, however long that is."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from domain.comment import CommentAdded, CommentEdited
from readmodel.engine.bulk import batches
from readmodel.engine.views import HistoryItem

from .history import history, item

MAX_VERSION = 2**31 - 1
"""No version is higher."""

_BODIES = (
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
_BY_MOMENT = _NEWEST.where(history.c.at <= bindparam("at", type_=history.c.at.type))


class History:
    """The history of one stream, queried for one event at a time."""

    def __init__(self, connection: Connection, stream: str) -> None:
        self._connection = connection
        self._stream = stream

    def up_to(self, version: int, types: Collection[str] = ()) -> HistoryItem | None:
        """The newest event up to a version, of these types or of all."""
        if types:
            return self._first(_OF_TYPES, version=version, types=sorted(types))
        return self._first(_NEWEST, version=version)

    def by_moment(self, at: str) -> HistoryItem | None:
        """The newest event up to a moment."""
        return self._first(_BY_MOMENT, version=MAX_VERSION, at=at)

    def _first(self, statement: Select[Any], **values: Any) -> HistoryItem | None:
        row = self._connection.execute(statement, {"stream": self._stream} | values).first()
        return item(row) if row else None


def bodies(connection: Connection, streams: Sequence[str], at: str) -> dict[str, str]:
    """Comment stream → its text as of the moment, "" where that was erased since; without those not there yet."""
    found: dict[str, str] = {}
    for some in batches(streams):
        found |= {row.stream: row.body or "" for row in connection.execute(_BODIES, {"streams": some, "at": at})}
    return found

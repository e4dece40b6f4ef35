"""What comments said at an earlier moment, out of their history."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from domain.comment import CommentAdded, CommentEdited

from .bulk import portions
from .history import history

_WORDS = (
    select(history.c.stream, history.c.body)
    .where(
        history.c.stream.in_(bindparam("streams", expanding=True)),
        history.c.type.in_((CommentAdded.type, CommentEdited.type)),
        history.c.at <= bindparam("at", type_=history.c.at.type),
    )
    .order_by(history.c.stream, history.c.version)
)


def bodies(connection: Connection, streams: Sequence[str], at: str) -> dict[str, str]:
    """Stream → its words then, "" where these were erased since; without those that said nothing yet."""
    found: dict[str, str] = {}
    for some in portions(streams):
        found |= {row.stream: row.body or "" for row in connection.execute(_WORDS, {"streams": some, "at": at})}
    return found

"""People by a prefix of their handle: for mentions as one types, and to look somebody up."""

from sqlalchemy import Connection, bindparam, false, select

from domain.text import handle_key
from readmodel.engine.model import ReadModel
from readmodel.engine.paging import checked_limit
from readmodel.engine.queries import Query

from .accounts import accounts
from .engine import bulk


class PeopleLike(Query, frozen=True, kw_only=True):
    """list[tuple[handle, name]] of those whose handle begins so, by handle; without suspended ones."""

    beginning: str
    limit: int = 8


class KnownHandles(Query, frozen=True, kw_only=True):
    """tuple[handle, ...], sorted: those of some normalised handles that somebody has."""

    handles: tuple[str, ...]


_KNOWN = select(accounts.c.handle).where(accounts.c.handle.in_(bindparam("values", expanding=True)))
_LIKE = (
    select(accounts.c.handle, accounts.c.name)
    .where(
        accounts.c.handle >= bindparam("begin"),
        accounts.c.handle < bindparam("end"),
        accounts.c.suspended == false(),
    )
    .order_by(accounts.c.handle)
)


def people_like(connection: Connection, query: PeopleLike) -> list[tuple[str, str]]:
    begin = handle_key(query.beginning)
    if not begin:
        return []
    rows = connection.execute(_LIKE.limit(checked_limit(query.limit)), {"begin": begin, "end": begin + "\uffff"})
    return [(row.handle, row.name) for row in rows]


def known_handles(connection: Connection, query: KnownHandles) -> tuple[str, ...]:
    return tuple(sorted(handle for (handle,) in bulk.select_in(connection, _KNOWN, query.handles)))


MODEL = ReadModel(tables=(), folds={}, answers={PeopleLike: people_like, KnownHandles: known_handles})

"""The highest position of the event store that was ever seen, and its chain: kept beside the read model, outside the
store, so that a store that was cut off or written anew is noticed. See docs/decisions/0043."""

import msgspec
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import IntegrityError

from readmodel.engine.connections import changing, looking

from .tables import heads

_ONLY = 1


class SeenHead(msgspec.Struct, frozen=True, kw_only=True):
    """at: when it was seen, ISO 8601 UTC."""

    position: int
    chain: str
    at: str


def highest(control: Engine) -> SeenHead | None:
    """None where nothing was seen yet."""
    with looking(control) as connection:
        row = connection.execute(select(heads).where(heads.c.id == _ONLY)).one_or_none()
    return None if row is None else SeenHead(position=row.position, chain=row.chain, at=row.at)


def record(control: Engine, seen: SeenHead) -> None:
    """Saves a head that is higher than the saved one. Safe concurrently."""
    _keep(control, seen, only_higher=True)


def accept(control: Engine, seen: SeenHead) -> None:
    """Saves this head whatever the saved one is: an older backup was restored on purpose."""
    _keep(control, seen, only_higher=False)


def _keep(control: Engine, seen: SeenHead, *, only_higher: bool) -> None:
    values = {"position": seen.position, "chain": seen.chain, "at": seen.at}
    replaced = update(heads).where(heads.c.id == _ONLY)
    if only_higher:
        replaced = replaced.where(heads.c.position < seen.position)
    with changing(control) as connection:
        if connection.execute(replaced.values(**values)).rowcount:
            return
        if connection.execute(select(heads.c.id)).one_or_none() is not None:
            return
    try:
        with changing(control) as connection:
            connection.execute(heads.insert().values(id=_ONLY, **values))
    except IntegrityError:
        return  # another process was first; what it has seen is as good, and what comes will be higher

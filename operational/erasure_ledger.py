"""The erasure ledger beside the read model: outside of the event store, and outside of its backups."""

from collections.abc import Iterable

from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from readmodel.engine.connections import changing, looking

from .tables import erasure_ledger

Entry = tuple[str, int]
"""The id of the commit that brought a text, and the event's version in its stream."""


def record(control: Engine, erased: Iterable[Entry]) -> None:
    """Adds what isn't there yet. Safe concurrently, and safe to repeat."""
    for commit_id, version in erased:
        here = (erasure_ledger.c.commit_id == commit_id) & (erasure_ledger.c.version == version)
        try:
            with changing(control) as connection:
                if connection.execute(select(erasure_ledger.c.version).where(here)).one_or_none() is None:
                    connection.execute(erasure_ledger.insert().values(commit_id=commit_id, version=version))
        except IntegrityError:
            continue  # another process has just added it


def read(control: Engine) -> frozenset[Entry]:
    with looking(control) as connection:
        rows = connection.execute(select(erasure_ledger.c.commit_id, erasure_ledger.c.version))
        return frozenset((row.commit_id, row.version) for row in rows)

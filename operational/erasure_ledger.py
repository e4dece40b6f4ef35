"""The erasure ledger beside the read model: outside of the event store, and outside of its backups."""

from collections.abc import Iterable

from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from eventstore.erasure_ledger import Erased
from readmodel.engine.connections import changing, looking

from .tables import erasure_ledger


def record(control: Engine, erased: Iterable[Erased]) -> None:
    """Adds what isn't there yet. Safe concurrently, and safe to repeat."""
    for one in erased:
        here = (erasure_ledger.c.commit_id == one.commit) & (erasure_ledger.c.version == one.version)
        try:
            with changing(control) as connection:
                if connection.execute(select(erasure_ledger.c.version).where(here)).one_or_none() is None:
                    connection.execute(erasure_ledger.insert().values(commit_id=one.commit, version=one.version))
        except IntegrityError:
            continue  # another process has just added it


def read(control: Engine) -> frozenset[Erased]:
    with looking(control) as connection:
        rows = connection.execute(select(erasure_ledger.c.commit_id, erasure_ledger.c.version))
        return frozenset(Erased(commit=row.commit_id, version=row.version) for row in rows)

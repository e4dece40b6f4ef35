"""When backups and rehearsals last succeeded, for operators: `status`, `/metrics` and the admin page."""

from typing import Literal

import msgspec
from sqlalchemy import Engine, delete, select

from readmodel.engine.connections import Control, changing, looking

from .tables import backup_runs

Kind = Literal["backup", "rehearsal"]


class BackupRun(msgspec.Struct, frozen=True, kw_only=True):
    """at: when it ended, ISO 8601 UTC; position: what it reached; milliseconds: how long it took."""

    kind: Kind
    at: str
    position: int
    milliseconds: int

    @property
    def seconds(self) -> float:
        return self.milliseconds / 1000


def record(control: Engine, run: BackupRun) -> None:
    """In place of the last one of its kind."""
    with changing(control) as connection:
        connection.execute(delete(backup_runs).where(backup_runs.c.kind == run.kind))
        connection.execute(backup_runs.insert().values(**msgspec.to_builtins(run)))


def last(control: Control) -> dict[str, BackupRun]:
    """By kind; without those that never succeeded."""
    with looking(control) as connection:
        rows = connection.execute(select(backup_runs))
        return {
            row.kind: BackupRun(kind=row.kind, at=row.at, position=row.position, milliseconds=row.milliseconds)
            for row in rows
        }

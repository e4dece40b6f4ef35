"""Answers to commands that changed nothing, by their command ids: no commit can carry them. Kept for a week."""

import msgspec
from sqlalchemy import select

from readmodel.engine.connections import Control, looking

from . import weekly
from .tables import unchanged_commands as table


class Unchanged(msgspec.Struct, frozen=True, kw_only=True):
    """digest tells what the command said; stream and version are what its answer was made from."""

    digest: str
    stream: str
    version: int


_OF = select(table.c.digest, table.c.stream, table.c.version)


def find(control: Control, actor: str, command_id: str) -> Unchanged | None:
    wanted = _OF.where(table.c.command == weekly.named(actor, command_id))
    with looking(control) as connection:
        row = connection.execute(wanted).first()
    return row and Unchanged(digest=row.digest, stream=row.stream, version=row.version)


def note(control: Control, actor: str, command_id: str, answer: Unchanged) -> None:
    """The first answer stays."""
    weekly.note(control, table, {"command": weekly.named(actor, command_id), **msgspec.structs.asdict(answer)})

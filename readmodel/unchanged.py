"""Answers to commands that changed nothing, by their command ids: no commit can carry them. Kept for a week."""

import hashlib
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import Engine, delete, select
from sqlalchemy.exc import IntegrityError

from domain.ids import now, timestamp

from .control import unchanged_commands as table
from .engines import reading, writing

KEPT = timedelta(days=7)


class Unchanged(msgspec.Struct, frozen=True, kw_only=True):
    """digest tells what the command said; stream and version are what its answer was made from."""

    digest: str
    stream: str
    version: int


_OF = select(table.c.digest, table.c.stream, table.c.version)


def find(engine: Engine, actor: str, command_id: str) -> Unchanged | None:
    wanted = _OF.where(table.c.command == _named(actor, command_id))
    with reading(engine).connect() as connection:
        row = connection.execute(wanted).first()
    return row and Unchanged(digest=row.digest, stream=row.stream, version=row.version)


def note(engine: Engine, actor: str, command_id: str, answer: Unchanged) -> None:
    """The first answer stays. Those of more than a week ago are forgotten."""
    values = msgspec.structs.asdict(answer) | {"command": _named(actor, command_id), "at": now()}
    long_ago = timestamp(datetime.now(UTC) - KEPT)
    try:
        with writing(engine).begin() as connection:
            connection.execute(delete(table).where(table.c.at < long_ago))
            connection.execute(table.insert().values(values))
    except IntegrityError:
        return  # it came twice at once


def _named(actor: str, command_id: str) -> str:
    """Of any length, and one person's never meets another's."""
    return hashlib.sha256(f"{actor}:{command_id}".encode(errors="surrogatepass")).hexdigest()

"""Answers to calls that change a queue and no stream, by their keys: no commit can tell them again. Kept for a week."""

import hashlib
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, delete, select
from sqlalchemy.exc import IntegrityError

from domain.ids import now, timestamp

from .control import kept_answers as table
from .engines import reading, writing

KEPT = timedelta(days=7)


def find(engine: Engine, handle: str, key: str) -> tuple[str, str] | None:
    """What the call said, and its answer; None for a key that is new."""
    wanted = select(table.c.said, table.c.answer).where(table.c.id == _named(handle, key))
    with reading(engine).connect() as connection:
        row = connection.execute(wanted).first()
    return row and (row.said, row.answer)


def note(engine: Engine, handle: str, key: str, said: str, answer: str) -> None:
    """The first answer stays. Those of more than a week ago are forgotten."""
    long_ago = timestamp(datetime.now(UTC) - KEPT)
    values = {"id": _named(handle, key), "said": said, "answer": answer, "at": now()}
    try:
        with writing(engine).begin() as connection:
            connection.execute(delete(table).where(table.c.at < long_ago))
            connection.execute(table.insert().values(values))
    except IntegrityError:
        return  # it came twice at once


def _named(handle: str, key: str) -> str:
    """One person's never meets another's."""
    return hashlib.sha256(f"{handle}:{key}".encode()).hexdigest()

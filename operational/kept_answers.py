"""Answers to calls that change a queue and no stream, by their keys: no commit can tell them again. Kept for a week."""

from sqlalchemy import select

from readmodel.engine.connections import Control, looking

from . import weekly
from .tables import kept_answers as table


def find(control: Control, handle: str, key: str) -> tuple[str, str] | None:
    """What the call said, and its answer; None for a key that is new."""
    wanted = select(table.c.said, table.c.answer).where(table.c.id == weekly.named(handle, key))
    with looking(control) as connection:
        row = connection.execute(wanted).first()
    return row and (row.said, row.answer)


def note(control: Control, handle: str, key: str, said: str, answer: str) -> None:
    """The first answer stays."""
    weekly.note(control, table, {"id": weekly.named(handle, key), "said": said, "answer": answer})

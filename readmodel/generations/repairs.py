"""What the background verifier found wrong in rows and put right, for operators."""

from typing import Any

from sqlalchemy import Engine, select

from domain.ids import now, uuid7
from readmodel.engine.engines import reading, writing

from .tables import repairs

MAX_NOTE_CHARS = 2_000


def note(control: Engine, what_was_repaired: str, faults: str) -> None:
    """Records a repair of a stream's rows, or of a table of counts."""
    row = {"id": uuid7(), "stream": what_was_repaired, "found_at": now(), "what": faults[:MAX_NOTE_CHARS]}
    with writing(control).begin() as connection:
        connection.execute(repairs.insert().values(row))


def newest(control: Engine, limit: int = 20) -> list[dict[str, Any]]:
    """The newest repairs, as plain rows."""
    with reading(control).connect() as connection:
        rows = connection.execute(select(repairs).order_by(repairs.c.found_at.desc()).limit(limit))
        return [dict(row) for row in rows.mappings()]

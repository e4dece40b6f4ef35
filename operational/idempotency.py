"""First answers by idempotency key, where no commit of the event store can give them again.

That is for commands that changed nothing, and for calls that change a queue and no stream.
"""

import hashlib

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from domain.ids import now, uuid7
from operational.tables import first_answers as table
from readmodel.engine.connections import Control, changing, looking


class Answer(msgspec.Struct, frozen=True):
    """request: what came with the key, so that another one under the same key is told from a repeat."""

    request: str
    answer: str


def find(control: Control, account: str, key: str) -> Answer | None:
    """The first answer to this person's key; None for a key that is new."""
    wanted = select(table.c.said, table.c.answer).where(table.c.id == _hashed(account, key))
    with looking(control) as connection:
        row = connection.execute(wanted).first()
    return row and Answer(row.said, row.answer)


def keep(control: Control, account: str, key: str, made: Answer) -> Answer:
    """The answer that stands: this one, or the first where the same key came twice at once."""
    row = {"id": _hashed(account, key), "said": made.request, "answer": made.answer, "at": now()}
    try:
        with changing(control) as connection:
            connection.execute(table.insert().values(row))
    except IntegrityError:
        return find(control, account, key) or made
    return made


def id_for(account: str, key: str | None) -> str:
    """The same id for the same key of the same person, a new one without a key."""
    if key is None:
        return uuid7()
    digits = _hashed(account, key)
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"


def _hashed(account: str, key: str) -> str:
    """Of one length, and one person's never meets another's."""
    return hashlib.sha256(f"{account}:{key}".encode(errors="surrogatepass")).hexdigest()

"""Recovered forms: the last form of an account that came through the login page and has no draft of its own.

A row of the drafts' table at a place that no list of drafts has. docs/decisions/0082 says why it is there.
"""

from collections.abc import Mapping

import msgspec
from sqlalchemy import bindparam, delete

from domain.ids import now, uuid7
from readmodel.engine.connections import Control, changing

from . import drafts
from .tables import drafts as table

MAX_PATH_CHARS = 64 - len(drafts.RECOVERED)
_DELETE = delete(table).where(table.c.account == bindparam("who"), table.c.place.startswith(drafts.RECOVERED))


def save(control: Control, account: str, path: str, fields: Mapping[str, str]) -> bool:
    """Saves a form in place of the one before. path: where it is sent to. Returns whether the path has room."""
    if len(path) > MAX_PATH_CHARS:
        return False
    row = {"account": account, "place": drafts.RECOVERED + path, "id": uuid7(), "version": 1, "saved_at": now()}
    with changing(control) as connection:
        connection.execute(_DELETE, {"who": account})
        connection.execute(table.insert().values(words=msgspec.json.encode(dict(fields)).decode(), **row))
    return True


def find(control: Control, account: str, path: str) -> dict[str, str] | None:
    """The fields of the form that was saved for this path."""
    found = drafts.find(control, account, drafts.RECOVERED + path)
    return found.words if found else None

"""Drafts: unsent text of forms, by account and form. No event, and private: see docs/decisions/0019."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from domain.errors import Conflict, Sentence, VersionConflict
from domain.ids import now, uuid7
from domain.text import whole_number
from readmodel.engine import bulk
from readmodel.engine.connections import Control, changing, looking

from .tables import drafts

MAX_DRAFTS = 30
TOO_MANY_DRAFTS = Sentence(
    "You have %(most)s drafts, which is the most. Discard one, then save again.", most=MAX_DRAFTS
)
"""Drafts of one account."""
MAX_ATTEMPTS = 4
RECOVERED = "kept:"
"""What the place of a recovered form begins with. Drafts alone stand at addresses, and are listed and counted."""

_MINE = (drafts.c.account == bindparam("who"), drafts.c.place == bindparam("where"))
_FIND = select(drafts).where(*_MINE)
_OWN = (drafts.c.account == bindparam("who"), drafts.c.place.startswith("/"))
_ALL = select(drafts).where(*_OWN).order_by(drafts.c.saved_at.desc())
_COUNT = select(func.count()).select_from(drafts).where(*_OWN)
_SAVE = (
    update(drafts)
    .where(*_MINE, drafts.c.version == bindparam("found"))
    .values(version=bindparam("next"), saved_at=bindparam("at"), words=bindparam("stored"))
)
_AT_PLACES = select(drafts.c.account, drafts.c.place, drafts.c.words).where(
    drafts.c.place.in_(bindparam("places", expanding=True))
)
_DELETE_AT = delete(drafts).where(*_MINE)
_DISCARD = delete(drafts).where(drafts.c.account == bindparam("who"), drafts.c.id == bindparam("which"))


class Draft(msgspec.Struct, frozen=True):
    """place: the address that its form is sent to; version rises with each save; words by field name."""

    id: str
    place: str
    version: int
    saved_at: str
    words: dict[str, str]


def save(control: Control, account: str, place: str, words: Mapping[str, str]) -> tuple[Draft, int]:
    """Saves the draft of a form, and returns it with the version that it replaced, 0 for none.

    Raises Conflict where somebody has as many drafts as they may have.
    """
    for _ in range(MAX_ATTEMPTS):
        if (saved := _save_once(control, account, place, words)) is not None:
            return saved
    raise VersionConflict(place, 0)


def find(control: Control, account: str, place: str) -> Draft | None:
    with looking(control) as connection:
        row = connection.execute(_FIND, {"who": account, "where": place}).one_or_none()
    return _draft(row) if row else None


def all_of(control: Control, account: str) -> list[Draft]:
    """The drafts of an account, newest first."""
    with looking(control) as connection:
        return [_draft(row) for row in connection.execute(_ALL, {"who": account})]


def delete_at(control: Control, account: str, place: str) -> None:
    """Deletes the draft of a form, which is sent now, or emptied."""
    with changing(control) as connection:
        connection.execute(_DELETE_AT, {"who": account, "where": place})


def discard(control: Control, account: str, id: str) -> bool:
    """Deletes an account's draft by its id. Returns whether there was one."""
    with changing(control) as connection:
        return connection.execute(_DISCARD, {"who": account, "which": id}).rowcount > 0


def place_of_edit(stream: str) -> str | None:
    """The address that the form for editing a post or comment is sent to."""
    kind, _, id = stream.partition("-")
    return f"/{kind}s/{id}/edit" if kind in ("post", "comment") else None


def delete_erased(control: Control, erased: Mapping[str, int]) -> None:
    """Deletes drafts of edits, of all accounts, that began with text that is erased since.

    erased: the stream of a post or comment → the version that erased it.
    """
    since = {
        prefix + place: version
        for stream, version in erased.items()
        if (place := place_of_edit(stream)) is not None
        for prefix in ("", RECOVERED)
    }
    for some in bulk.batches(sorted(since)):
        with changing(control) as connection:
            for row in connection.execute(_AT_PLACES, {"places": some}).all():
                if _base_version(row.words) < since[row.place]:
                    connection.execute(_DELETE_AT, {"who": row.account, "where": row.place})


def _base_version(words: str) -> int:
    """The version of the text that a draft edits; 0 where the draft doesn't say."""
    version = msgspec.json.decode(words, type=dict[str, str]).get("version", "")
    return whole_number(version) or 0


def _save_once(control: Control, account: str, place: str, words: Mapping[str, str]) -> tuple[Draft, int] | None:
    """Compare and set: None where another request of the same person saved in between."""
    at, stored = now(), msgspec.json.encode(dict(words)).decode()
    try:
        with changing(control) as connection:
            row = connection.execute(_FIND, {"who": account, "where": place}).one_or_none()
            if row is None:
                return _insert(connection, account, place, at, stored), 0
            next = row.version + 1
            values = {"who": account, "where": place, "found": row.version, "next": next, "at": at, "stored": stored}
            if connection.execute(_SAVE, values).rowcount:
                return Draft(row.id, place, next, at, dict(words)), row.version
    except IntegrityError:
        pass
    return None


def _insert(connection: Connection, account: str, place: str, at: str, stored: str) -> Draft:
    if place.startswith("/") and connection.execute(_COUNT, {"who": account}).scalar_one() >= MAX_DRAFTS:
        raise Conflict(TOO_MANY_DRAFTS)
    row: dict[str, Any] = {"id": uuid7(), "place": place, "version": 1, "saved_at": at}
    connection.execute(drafts.insert().values(account=account, words=stored, **row))
    return Draft(words=msgspec.json.decode(stored), **row)


def _draft(row: Row[Any]) -> Draft:
    return Draft(row.id, row.place, row.version, row.saved_at, msgspec.json.decode(row.words))

"""Strangers who report: an id that their browser keeps in its signed cookie."""

from datetime import timedelta

from flask import session

from domain.ids import is_id, uuid7

from .auth import viewer

KEY = "stranger"
KEPT_FOR = timedelta(days=31)


def known() -> str:
    """The id of a stranger's browser; "" for accounts and for browsers that have none."""
    kept = session.get(KEY, "")
    return kept if viewer() is None and isinstance(kept, str) and is_id(kept) else ""


def remember() -> str:
    """The same, where a stranger gets one that stays in their browser for a month."""
    if viewer() is None and not known():
        session[KEY] = uuid7()
        session.permanent = True
    return known()

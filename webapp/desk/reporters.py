"""Who reports: an account, or a stranger by an id that their browser keeps in its signed cookie."""

from flask import session

from domain.ids import is_id, uuid7
from webapp.site import site
from webapp.site.auth import viewer

KEY = "stranger"


def known() -> str:
    """The id by which the viewer has reported, or would; "" for a stranger who hasn't opened a form yet."""
    return viewer() or stranger()


def stranger() -> str:
    """The id of a stranger's browser; "" for accounts and for browsers that have none."""
    kept = session.get(KEY, "")
    return kept if viewer() is None and isinstance(kept, str) and is_id(kept) else ""


def remember() -> str:
    """The same, where a stranger gets an id that stays in their browser for a month."""
    if viewer() is None and not stranger():
        session[KEY] = uuid7()
        session.permanent = True
    return stranger()


def is_of_decision(target: str, decision: str) -> bool:
    """Whether the viewer reported what a decision answered."""
    reporter = known()
    return bool(reporter) and reporter in site.current().bus.aggregates().case(target).reporters_of(decision)

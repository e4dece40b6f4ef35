"""Handles that change: where a former one leads, and when somebody else may claim it."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from domain import ids
from domain.bus import operator
from domain.errors import HandleTaken, NotFound
from domain.handle import RESERVED_DAYS, ChangeHandle, ReleaseHandle, due
from domain.ids import is_id
from domain.text import handle_key, is_handle
from readmodel.engine.queries import AccountByHandle, FormerHandle
from readmodel.engine.views import AccountView

from . import site
from .database import ask

Outcome = TypeVar("Outcome")


def holder(key: str) -> AccountView | None:
    """Who has a normalised handle now. Nobody goes by an id here."""
    account: AccountView | None = ask(AccountByHandle(handle=key)) if is_handle(key) and not is_id(key) else None
    return account


def today(handle: str) -> str:
    """What an account is called that was called so less than a year ago. Raises NotFound where none was."""
    found: str | None = ask(FormerHandle(handle=handle, now=ids.now()))
    if found is None:
        raise NotFound("Nobody here has this handle.")
    return found


def change(handle: str, new: str) -> ChangeHandle:
    """The command that calls an account otherwise: handle is today's, or the account's id."""
    until = ids.from_now(timedelta(days=RESERVED_DAYS))
    return ChangeHandle(handle=handle, new_handle=new, now=ids.now(), former_until=until)


def claiming(handle: str, send: Callable[[], Outcome]) -> Outcome:
    """What comes of sending a command that claims a handle. Where that was somebody's more than a year ago, it is set
    free, and the command sent again."""
    try:
        return send()
    except HandleTaken:
        bus, now = site.current().bus, ids.now()
        known = bus.aggregates()
        holder = known.account_named(handle)
        if not due(holder, handle_key(handle), now, known.reservation(holder, handle)):
            raise
        bus.send(ReleaseHandle(handle=handle, now=now), operator(now))
    return send()

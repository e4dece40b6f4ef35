"""Handles that change: where a former one leads, and when somebody else may claim it."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from domain import ids
from domain.bus import operator
from domain.errors import HandleTaken, NotFound
from domain.handle import RESERVED_DAYS, ChangeHandle, ReleaseHandle, due
from domain.messages import Envelope
from domain.text import handle_key
from readmodel.engine.queries import FormerHandle

from . import site
from .database import ask

Outcome = TypeVar("Outcome")


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


def claiming(handle: str, send: Callable[[], Outcome], claimant: str | None = None) -> Outcome:
    """What comes of sending a command that claims a handle. Where it is taken by a claim that is nobody's any more,
    that is set free, and the command sent again.

    claimant: the account id of whoever changes theirs, None for somebody who registers.
    """
    try:
        return send()
    except HandleTaken:
        if not _set_free(handle, claimant):
            raise
    return send()


def _set_free(handle: str, claimant: str | None) -> bool:
    """Whether a former handle was erased: one of more than a year ago, or the claimant's own."""
    bus, now, key = site.current().bus, ids.now(), handle_key(handle)
    holder = bus.aggregates().account_named(handle)
    command = ReleaseHandle(handle=handle, now=now)
    if claimant is not None and holder.id == claimant and key in holder.former_handles:
        bus.send(command, Envelope(actor=claimant, at=now))
    elif due(holder, key, now):
        bus.send(command, operator(now))
    else:
        return False
    return True

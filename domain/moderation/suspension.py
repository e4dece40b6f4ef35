"""Suspensions: somebody can change nothing, up to a moment or until a moderator reinstates them.

A term ends by comparing times: there is no event of its end. Suspending again replaces the term.
"""

from typing import ClassVar

import msgspec

from domain import ids, rights, text
from domain.errors import Conflict
from domain.ids import Id, Moment
from domain.messages import Command, Event, Explained
from domain.rights import Account, Suspension

from .terms import days_after, term_end


class SuspendAccount(Command, frozen=True, kw_only=True):
    """until: when the suspension ends, ISO 8601 with an offset; days: after so many, counted from now.

    Without either it lasts until somebody reinstates the account; with both, until counts. now is the time.
    """

    regenerated: ClassVar[tuple[str, ...]] = ("now",)
    handle: str
    reason: str
    until: str = ""
    days: int = 0
    now: str = msgspec.field(default_factory=ids.now)


class ReinstateAccount(Command, frozen=True, kw_only=True):
    """Ends a suspension. now is the time."""

    regenerated: ClassVar[tuple[str, ...]] = ("now",)
    handle: str
    reason: str = ""
    now: str = msgspec.field(default_factory=ids.now)


class AccountSuspended(Explained, frozen=True, kw_only=True):
    """until: when it ends; "" where only a reinstatement ends it."""

    type: ClassVar[str] = "AccountSuspended"
    schema: ClassVar[int] = 3
    account: Id
    until: Moment = ""


class AccountReinstated(Explained, frozen=True, kw_only=True):
    type: ClassVar[str] = "AccountReinstated"
    schema: ClassVar[int] = 2
    account: Id


COMMANDS: tuple[type[Command], ...] = (SuspendAccount, ReinstateAccount)
EVENTS: tuple[type[Event], ...] = (AccountSuspended, AccountReinstated)


def decide(account: Account, command: Command, by: Account) -> list[Event]:
    """The caller has checked that the account is there, and that by is active."""
    match command:
        case SuspendAccount():
            return _suspend(account, command, by)
        case ReinstateAccount():
            rights.require_power_over(account, by)
            reason = text.optional_reason(command.reason)
            is_suspended = account.is_suspended(command.now)
            return [AccountReinstated(account=account.id, reason=reason)] if is_suspended else []
    raise TypeError(f"{type(command).__name__} is no command about suspensions")


def _suspend(account: Account, command: SuspendAccount, by: Account) -> list[Event]:
    rights.require_power_over(account, by)
    if account.id == by.id:
        raise Conflict("You can't suspend yourself.")
    reason, until = text.required_reason(command.reason), _end(command)
    if account.is_suspended(command.now) and account.suspension == Suspension(until):
        return []
    return [AccountSuspended(account=account.id, reason=reason, until=until)]


def _end(command: SuspendAccount) -> str:
    """When the suspension ends, as an event says it; "" where only a reinstatement ends it. Raises Invalid."""
    if not command.until and not command.days:
        return ""
    return term_end("until", command.until or days_after(command.now, command.days), command.now)


def evolve(account: Account, event: Event, actor: str) -> None:
    """Takes in one event; the caller has raised account.version to the event's own."""
    match event:
        case AccountSuspended():
            account.suspension = Suspension(event.until)
            account.reason_given(event.reason, actor)
        case AccountReinstated():
            account.suspension = None
            account.reason_given(event.reason, actor)

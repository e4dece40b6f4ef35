"""The standing of an account: warnings, strikes that end, pauses of reporting, and notes that staff keep.

Warnings and strikes come from decisions, and are known by them, so that overturning one takes back what it brought.
"""

from datetime import timedelta
from typing import ClassVar

from domain import rights, text
from domain.errors import Conflict, Invalid, NotFound, Sentence
from domain.ids import Id, Moment, is_id, parse_moment
from domain.messages import Command, Event, Explained
from domain.rights import Account, Strike

from .terms import term_end

MAX_POINTS = 10
STRIKE_TERM = timedelta(days=180)


class Warn(Command, frozen=True, kw_only=True):
    """decision: what it comes from."""

    handle: str
    decision: str
    reason: str


class AddStrike(Command, frozen=True, kw_only=True):
    """points: 1 to MAX_POINTS, which count until `expires`."""

    handle: str
    decision: str
    points: int
    expires: str
    reason: str


class VoidMarks(Command, frozen=True, kw_only=True):
    """Takes back the warning and the strike that a decision brought."""

    handle: str
    decision: str
    reason: str = ""


class PauseReporting(Command, frozen=True, kw_only=True):
    """For whoever reports in bad faith. until: up to when what they report is refused. now: the time."""

    regenerated: ClassVar[tuple[str, ...]] = ("now",)
    handle: str
    until: str
    reason: str
    now: str


class ResumeReporting(Command, frozen=True, kw_only=True):
    handle: str
    reason: str = ""


class NoteAccount(Command, frozen=True, kw_only=True):
    """For staff alone."""

    handle: str
    text: str


class OfStanding(Explained, frozen=True, kw_only=True):
    """What staff did about somebody, which is told to them and to staff alone."""

    secret: ClassVar[bool] = True
    account: Id


class WarningIssued(OfStanding, frozen=True, kw_only=True):
    type: ClassVar[str] = "WarningIssued"
    decision: Id


class WarningVoided(OfStanding, frozen=True, kw_only=True):
    type: ClassVar[str] = "WarningVoided"
    decision: Id


class StrikeAdded(OfStanding, frozen=True, kw_only=True):
    type: ClassVar[str] = "StrikeAdded"
    decision: Id
    points: int
    expires: Moment


class StrikeVoided(OfStanding, frozen=True, kw_only=True):
    type: ClassVar[str] = "StrikeVoided"
    decision: Id


class ReportingPaused(OfStanding, frozen=True, kw_only=True):
    type: ClassVar[str] = "ReportingPaused"
    until: Moment


class ReportingResumed(OfStanding, frozen=True, kw_only=True):
    type: ClassVar[str] = "ReportingResumed"


class AccountNoted(Event, frozen=True, kw_only=True):
    """Told to staff alone."""

    type: ClassVar[str] = "AccountNoted"
    secret: ClassVar[bool] = True
    erasable: ClassVar[tuple[str, ...]] = ("text",)
    account: Id
    text: str


COMMANDS: tuple[type[Command], ...] = (Warn, AddStrike, VoidMarks, PauseReporting, ResumeReporting, NoteAccount)
EVENTS: tuple[type[Event], ...] = (
    WarningIssued, WarningVoided, StrikeAdded, StrikeVoided, ReportingPaused, ReportingResumed, AccountNoted,
)  # fmt: skip


def decide(account: Account, command: Command, by: Account) -> list[Event]:
    """The caller has checked that the account is one, and that its sender is active."""
    rights.require_power_over(account, by)
    if account.id == by.id:
        raise Conflict("You can't do that to your own account.")
    match command:
        case NoteAccount():
            return _note(account, command)
        case PauseReporting():
            return _pause(account, command)
        case ResumeReporting():
            reason = text.optional_reason(command.reason)
            paused = account.reporting_paused_until
            return [ReportingResumed(account=account.id, reason=reason)] if paused else []
    return _mark(account, command)


def _mark(account: Account, command: Command) -> list[Event]:
    if not is_id(getattr(command, "decision", "")):
        raise NotFound("There is no such decision.")
    match command:
        case Warn():
            reason = text.required_reason(command.reason)
            warned = command.decision in account.warnings
            return [] if warned else [WarningIssued(account=account.id, decision=command.decision, reason=reason)]
        case AddStrike():
            reason = text.required_reason(command.reason)
            fields = text.Fields()
            check_points(fields, command.points)
            fields.raise_faults()
            if parse_moment(command.expires) != command.expires:
                raise Invalid({"expires": Sentence("A strike counts until a moment.")})
            added = StrikeAdded(
                account=account.id, decision=command.decision, points=command.points, expires=command.expires,
                reason=reason,
            )  # fmt: skip
            return [] if command.decision in account.strikes else [added]
        case VoidMarks():
            return _void(account, command)
    raise TypeError(f"{type(command).__name__} is no command of an account's standing")


def check_points(fields: text.Fields, points: int) -> None:
    """What a strike can't have is refused."""
    if not 1 <= points <= MAX_POINTS:
        fields.refuse("points", Sentence("Points must be from 1 to %(most)s.", most=MAX_POINTS))


def _void(account: Account, command: VoidMarks) -> list[Event]:
    decision, reason = command.decision, text.optional_reason(command.reason)
    voided: list[Event] = []
    if decision in account.warnings:
        voided.append(WarningVoided(account=account.id, decision=decision, reason=reason))
    if decision in account.strikes:
        voided.append(StrikeVoided(account=account.id, decision=decision, reason=reason))
    return voided


def _pause(account: Account, command: PauseReporting) -> list[Event]:
    reason = text.required_reason(command.reason)
    until = term_end("until", command.until, command.now)
    same = account.reporting_paused_until == until
    return [] if same else [ReportingPaused(account=account.id, until=until, reason=reason)]


def _note(account: Account, command: NoteAccount) -> list[Event]:
    words = text.required_block("text", command.text, text.MAX_NOTE_CHARS)
    return [AccountNoted(account=account.id, text=words)]


def evolve(account: Account, event: Event, actor: str) -> None:
    """Takes in one event; the caller has raised account.version to the event's own."""
    match event:
        case WarningIssued():
            account.warnings = account.warnings | {event.decision}
        case WarningVoided():
            account.warnings = account.warnings - {event.decision}
        case StrikeAdded():
            strike = Strike(event.points, event.expires)
            account.strikes = {**account.strikes, event.decision: strike}
        case StrikeVoided():
            left = {decision: one for decision, one in account.strikes.items() if decision != event.decision}
            account.strikes = left
        case ReportingPaused():
            account.reporting_paused_until = event.until
        case ReportingResumed():
            account.reporting_paused_until = ""
        case AccountNoted():
            account.words_given(actor)
    if isinstance(event, OfStanding):
        account.reason_given(event.reason, actor)

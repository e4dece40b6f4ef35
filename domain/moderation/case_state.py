"""The state of a case: its reports, who has claimed it, and the decisions on it."""

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from domain.errors import Claimed, NotClaimed
from domain.messages import Event
from domain.versions import Erasable, Versions

from .case import (
    CaseClaimed,
    CaseEscalated,
    CaseOpened,
    CaseReleased,
    CaseReopened,
    CaseTextChanged,
    NoteAdded,
    ReportJoined,
    ReportLeft,
)
from .decision import AGAINST, CaseDecided, Decision, DecisionCarriedOut, DecisionReversed, DecisionTakenBack
from .erasing import CaseWordsErased
from .terms import later

CLAIM_TERM = timedelta(minutes=15)


class Lease(msgspec.Struct, frozen=True):
    """A claim. by: an account's id."""

    by: str
    until: str


class Case(Erasable):
    """reports: those that wait for a decision, with their reporters.

    answered         of each other one the decision on it; "" where it was withdrawn before there was one
    changed_version  the version since which nothing new came in, no report and no text
    decided          whether the last decision still answers everything
    edits            the decisions that hold a text which took the place of the author's, and haven't been erased
    """

    target: str = ""
    author: str = ""
    thread: str = ""
    text_version: int = 0
    changed_version: int = 0
    lease: Lease | None = None
    escalated: bool = False
    decided: bool = False
    reports: Mapping[str, str] = msgspec.field(default_factory=dict)
    answered: Mapping[str, str] = msgspec.field(default_factory=dict)
    decisions: Mapping[str, Decision] = msgspec.field(default_factory=dict)
    edits: Versions = Versions()

    def live_claim(self, now: str) -> Lease | None:
        return self.lease if self.lease and self.lease.until > now else None

    def reporters_of(self, decision: str) -> frozenset[str]:
        """Who reported what a decision answered."""
        found = self.decisions.get(decision)
        return frozenset(found.reporters) if found else frozenset()


def renewed(now: str) -> str:
    """Up to when a claim that is made or renewed now holds."""
    return later(now, CLAIM_TERM)


def require_claim(case: Case, by: str, now: str) -> Lease:
    """The sender's own live claim. Raises Claimed where it is another's, NotClaimed where it ran out or never was."""
    lease = case.lease
    if lease is None:
        raise NotClaimed("Claim this case first.")
    if lease.by != by:
        live = case.live_claim(now)
        raise Claimed(lease.by, lease.until) if live else NotClaimed("Claim this case first.")
    if lease.until <= now:
        raise NotClaimed("Your claim ran out. Claim the case again: nothing was decided.")
    return lease


def evolve(case: Case, event: Event, actor: str) -> None:
    """Applies one event; the caller has raised case.version to the event's own."""
    match event:
        case CaseOpened():
            case.target, case.author, case.thread = event.target, event.author, event.thread
            _something_new(case, event.text_version)
        case ReportJoined():
            case.reports = {**case.reports, event.report: event.reporter}
            _something_new(case, event.text_version)
        case ReportLeft():
            case.reports = {id: by for id, by in case.reports.items() if id != event.report}
            case.answered = {**case.answered, event.report: ""}
            case.changed_version = case.version
        case CaseTextChanged() | CaseReopened():
            _something_new(case, event.text_version)
        case CaseDecided():
            _decided(case, event, actor)
        case DecisionCarriedOut() | DecisionReversed() | DecisionTakenBack():
            _carried_on(case, event, actor)
        case _:
            _worked_on(case, event, actor)


def _worked_on(case: Case, event: Event, actor: str) -> None:
    match event:
        case CaseClaimed():
            case.lease = Lease(actor, event.claimed_until)
        case CaseReleased():
            case.lease = None
        case CaseEscalated():
            case.escalated, case.lease = True, None
            case.reason_given(event.reason, actor)
        case NoteAdded():
            case.words_given(actor)
            if event.claimed_until:
                case.lease = Lease(actor, event.claimed_until)
        case CaseWordsErased():
            case.reasons_erased(event.erased)
            case.edits = case.edits.without(event.erased)


def _something_new(case: Case, text_version: int) -> None:
    case.text_version = max(case.text_version, text_version)
    case.changed_version, case.decided = case.version, False


def _decided(case: Case, event: CaseDecided, actor: str) -> None:
    made = Decision(
        by=actor, acts=event.acts, until=event.until, appeal_until=event.appeal_until,
        reporters=tuple(case.reports.values()), reports=tuple(case.reports),
    )  # fmt: skip
    case.decisions = {**case.decisions, event.decision: made}
    case.answered = {**case.answered, **dict.fromkeys(case.reports, event.decision)}
    case.reports, case.lease, case.escalated, case.decided = {}, None, False, True
    case.changed_version = case.version
    case.words_given(actor)
    if "edit" in event.acts:
        case.edits = case.edits.plus(case.version)


def _carried_on(case: Case, event: DecisionCarriedOut | DecisionReversed | DecisionTakenBack, actor: str) -> None:
    before = case.decisions.get(event.decision)
    if before is None:
        return
    match event:
        case DecisionCarriedOut():
            after = msgspec.structs.replace(before, carried_out=True, done=event.done)
        case DecisionReversed():
            after = msgspec.structs.replace(before, reversed=True)
            if event.appeal and not AGAINST.intersection(before.acts):
                _waits_again(case, event.decision)
        case DecisionTakenBack():
            after = msgspec.structs.replace(before, taken_back=True)
            case.reason_given(event.reason, actor)
            if event.claimed_until:
                case.lease = Lease(actor, event.claimed_until)
            _waits_again(case, event.decision)
    case.decisions = {**case.decisions, event.decision: after}


def _waits_again(case: Case, decision: str) -> None:
    """What a decision answered has no answer any more."""
    found = case.decisions[decision]
    reported = zip(found.reports, found.reporters, strict=True)
    again = {report: reporter for report, reporter in reported if case.answered.get(report) == decision}
    case.answered = {report: by for report, by in case.answered.items() if report not in again}
    case.reports = {**again, **case.reports}
    case.decided, case.changed_version = False, case.version

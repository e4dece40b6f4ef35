"""What moderation.follower tells cases: reports that come and go, texts that change, and what was carried out."""

from domain.errors import Forbidden, NotFound
from domain.messages import Command, Event
from domain.rights import OPERATOR, Account

from .case import (
    CaseOpened,
    CaseTextChanged,
    JoinReport,
    LeaveReport,
    NoticeText,
    OfCase,
    ReportJoined,
    ReportLeft,
)
from .case_state import Case
from .decision import DecisionCarriedOut, DecisionReversed, RecordCarriedOut, RecordReversed, in_order
from .targets import Facts, parse

COMMANDS: tuple[type[Command], ...] = (JoinReport, LeaveReport, NoticeText, RecordCarriedOut, RecordReversed)


def decide(case: Case, command: Command, by: Account, thing: Facts | None) -> list[Event]:
    """thing: how the target stands."""
    if by.id != OPERATOR:
        raise Forbidden("Only the site itself does that.")
    match command:
        case JoinReport():
            return _join(case, command, thing)
        case LeaveReport():
            left = ReportLeft(target=case.target, report=command.report)
            return [left] if command.report in case.reports else []
        case NoticeText():
            return [] if case.decided else noticed(case, thing)
        case RecordCarriedOut():
            known = case.decisions.get(command.decision)
            done, skipped = in_order(command.done), in_order(command.skipped)
            record = DecisionCarriedOut(target=case.target, decision=command.decision, done=done, skipped=skipped)
            return [record] if known and not known.carried_out else []
        case RecordReversed():
            known = case.decisions.get(command.decision)
            done, skipped = in_order(command.done), in_order(command.skipped)
            reversal = DecisionReversed(
                target=case.target, decision=command.decision, done=done, skipped=skipped, appeal=command.appeal
            )
            return [reversal] if known and not known.reversed else []
    raise TypeError(f"{type(command).__name__} is no command of a case")


def _join(case: Case, command: JoinReport, thing: Facts | None) -> list[Event]:
    if thing is None:
        raise NotFound("There is no such thing.")
    if command.report in case.reports or command.report in case.answered:
        return []
    joined = ReportJoined(
        target=command.target, report=command.report, reporter=command.reporter, version=command.version,
        text_version=thing.text_version,
    )  # fmt: skip
    return [joined] if case.exists else [opened(command, thing), joined]


def noticed(case: Case, thing: Facts | None) -> list[Event]:
    """The event that tells a case of a text which it doesn't know yet."""
    if thing is None or not case.exists or thing.text_version <= case.text_version:
        return []
    return [CaseTextChanged(target=case.target, text_version=thing.text_version)]


def opened(command: OfCase, thing: Facts) -> CaseOpened:
    """The event that opens a case which a command names."""
    target = parse(command.target)
    thread = "" if target.kind == "account" else thing.thread
    return CaseOpened(
        target=target.stream, author=thing.author, thread=thread, text_version=thing.text_version
    )  # fmt: skip

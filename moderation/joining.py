"""Tells cases of reports that are filed and withdrawn, and of texts that change while nothing is decided."""

import structlog

from domain.commit import Commit
from domain.errors import NotFound
from domain.ids import now
from domain.moderation.case import JoinReport, LeaveReport, NoticeText
from domain.moderation.erasing import EraseCaseEdits
from domain.moderation.report import ReportFiled, ReportWithdrawn

from .sender import Sender

log = structlog.get_logger("moderation")


def join(sender: Sender, filed: ReportFiled, cause: Commit) -> None:
    """Nothing comes of a report about what is gone meanwhile: an account that was closed."""
    command = JoinReport(
        target=filed.target, report=filed.report, reporter=filed.reporter, version=filed.version, now=now()
    )
    try:
        sender.record(command, cause, f"join:{filed.report}")
    except NotFound as refusal:
        log.info("a report is about nothing", report=filed.report, refusal=refusal.sentence)


def leave(sender: Sender, withdrawn: ReportWithdrawn, cause: Commit) -> None:
    command = LeaveReport(target=withdrawn.target, report=withdrawn.report, now=now())
    sender.record(command, cause, f"leave:{withdrawn.report}")


def forget_edits(sender: Sender, target: str, cause: Commit) -> None:
    """What decisions put in an author's place goes with the text that is erased."""
    sender.record(EraseCaseEdits(target=target), cause, f"forget:{cause.id}")


def notice_text(sender: Sender, target: str, cause: Commit) -> None:
    """A case that is decided isn't opened by that."""
    sender.record(NoticeText(target=target, now=now()), cause, f"text:{cause.id}")

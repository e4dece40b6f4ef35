"""Queries about reports, cases, decisions and appeals. What they answer with is in views.py, and named here, too.

`now` is the time of whoever asks: claims, strikes and suspensions end by comparing with it. Only staff may be shown who
reported something.
"""

from typing import ClassVar, Literal

from readmodel.engine.queries import Query
from readmodel.engine.views import Key

from .views import (
    CASE_STATES,
    AccountFile,
    AppealReply,
    AppealView,
    CaseDetails,
    CaseState,
    CaseView,
    DecisionState,
    NoteView,
    OwnReport,
    ReportState,
    ReportView,
    Statement,
    Strike,
    TextSeen,
)

__all__ = [
    "CASE_STATES",
    "AccountFile",
    "AppealById",
    "AppealReply",
    "AppealView",
    "AppealsOf",
    "CaseById",
    "CaseCounts",
    "CaseDetails",
    "CaseState",
    "CaseView",
    "DecisionById",
    "DecisionState",
    "DecisionsAbout",
    "DecisionsOfBatch",
    "FileOf",
    "FindAppeals",
    "FindCases",
    "NoteView",
    "OwnReport",
    "ReportById",
    "ReportState",
    "ReportView",
    "ReportsBy",
    "Statement",
    "Strike",
    "TextSeen",
]


class ReportsBy(Query, frozen=True, kw_only=True):
    """Page[OwnReport], newest first. reporter: an account's id, or a stranger's."""

    reporter: str
    after: Key | None = None
    limit: int = 30


class ReportById(Query, frozen=True, kw_only=True):
    """OwnReport; None where there is none."""

    report: str


class FindCases(Query, frozen=True, kw_only=True):
    """Page[CaseView]. state: None for those that aren't decided. q: words of the target's text, or a handle's."""

    people: ClassVar[tuple[str, ...]] = ("author", "claimed_by")
    now: str
    state: CaseState | None = None
    sort: Literal["score", "oldest", "newest"] = "score"
    kind: Literal["post", "comment", "account"] | None = None
    category: str | None = None
    author: str | None = None
    claimed_by: str | None = None
    q: str = ""
    after: Key | None = None
    limit: int = 30


class CaseCounts(Query, frozen=True, kw_only=True):
    """Mapping[CaseState, int]: how many there are of each, counted up to 1,000."""

    now: str


class CaseById(Query, frozen=True, kw_only=True):
    """CaseDetails; None where there is none. case: the target's stream."""

    case: str
    now: str


class DecisionById(Query, frozen=True, kw_only=True):
    """Statement; None where there is none."""

    decision: str


class DecisionsAbout(Query, frozen=True, kw_only=True):
    """Page[Statement] that restrict somebody or are meant for them, newest first; what came to nothing isn't there."""

    people: ClassVar[tuple[str, ...]] = ("account",)
    account: str
    after: Key | None = None
    limit: int = 30


class DecisionsOfBatch(Query, frozen=True, kw_only=True):
    """list[Statement], in order."""

    batch: str


class AppealById(Query, frozen=True, kw_only=True):
    """AppealView; None where there is none."""

    appeal: str


class AppealsOf(Query, frozen=True, kw_only=True):
    """list[AppealView] of one decision."""

    decision: str


class FindAppeals(Query, frozen=True, kw_only=True):
    """Page[AppealView]: the open ones, oldest first."""

    after: Key | None = None
    limit: int = 30


class FileOf(Query, frozen=True, kw_only=True):
    """AccountFile; None where there is no such account."""

    people: ClassVar[tuple[str, ...]] = ("account",)
    account: str
    now: str

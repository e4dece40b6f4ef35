"""Request bodies and parameters of reports, cases, decisions and appeals."""

from typing import Annotated, Literal

from msgspec import Meta

from domain import text
from domain.moderation import appeal, decision, report, standing
from readmodel.moderation.queries import CaseState
from webapp.api.schema import fields
from webapp.api.schema.request_bodies import Request

MAX_CASES = 100
TARGET_MAX_CHARS = 60
Target = Annotated[
    str,
    Meta(min_length=1, max_length=TARGET_MAX_CHARS, description="post-<id>, comment-<id> or account-<handle>."),
]
ReportText = Annotated[
    str,
    fields.limits("block", 0, report.MAX_TEXT_CHARS),
    Meta(description="For moderators. Owed where the category is illegal or other."),
]
Law = Annotated[
    str,
    fields.limits("line", 0, report.MAX_LAW_CHARS),
    Meta(description="Which law, where the category is illegal."),
]
Rule = Annotated[int, Meta(ge=0, le=10_000, description="The number of the site's rule; 0: none.")]
RulesVersion = Annotated[int, Meta(ge=0, le=2**31 - 1, description="Of the site's rules that the number is of.")]
NoteText = Annotated[str, fields.limits("block", 1, text.MAX_NOTE_CHARS), Meta(description="For staff alone.")]
NoteToAuthor = Annotated[
    str, fields.limits("block", 0, text.MAX_NOTE_CHARS), Meta(description="More words, to the author alone.")
]
Reason = Annotated[
    str,
    fields.limits("line", 0, text.MAX_REASON_CHARS),
    Meta(description="For everybody whom it concerns. Owed where something is restricted."),
]
Points = Annotated[int, Meta(ge=1, le=standing.MAX_POINTS, description="Of a strike.")]
Acts = Annotated[
    list[decision.Act], Meta(min_length=1, max_length=len(decision.ACTS), description="none and escalate stand alone.")
]
AppealWords = Annotated[str, fields.limits("block", 1, appeal.MAX_TEXT_CHARS)]


class NewReport(Request, frozen=True, kw_only=True):
    """version: the ETag of what you saw. rule and rules_version: where the category is rule."""

    target: Target
    version: fields.Version
    category: report.Category
    rule: Rule = 0
    rules_version: RulesVersion = 0
    law: Law = ""
    text: ReportText = ""


class FindCases(Request, frozen=True, kw_only=True):
    """Without a state: those that aren't decided. author and claimed_by are handles."""

    state: CaseState | None = None
    sort: Literal["score", "oldest", "newest"] = "score"
    kind: Literal["post", "comment", "account"] | None = None
    category: report.Category | None = None
    author: fields.Typed | None = None
    claimed_by: fields.Typed | None = None
    q: fields.Typed | None = None
    after: fields.Cursor | None = None
    limit: fields.Limit = 30


class NewCase(Request, frozen=True, kw_only=True):
    target: Target


class CaseClaim(Request, frozen=True, kw_only=True):
    """take_over: by an admin, though another's claim holds. The body may be left out."""

    take_over: bool = False


class NewNote(Request, frozen=True, kw_only=True):
    text: NoteText


class NewAccountNote(Request, frozen=True, kw_only=True):
    text: NoteText


class Deciding(Request, frozen=True, kw_only=True):
    """until: up to when an account is suspended; left out: until it is reinstated."""

    acts: Acts
    reason: Reason = ""
    note: NoteToAuthor = ""
    rule: Rule = 0
    rules_version: RulesVersion = 0
    until: fields.Until | None = None
    points: Points = 1


class CaseDecision(Deciding, frozen=True, kw_only=True):
    """until: up to when an account is suspended; left out: until it is reinstated. title and body: of an edit."""

    title: Annotated[str, fields.limits("line", 0, text.MAX_TITLE_CHARS)] = ""
    body: Annotated[str, fields.limits("block", 0, text.MAX_BODY_CHARS)] = ""


class CaseSeen(Request, frozen=True, kw_only=True):
    """version: of the case, as it was looked at."""

    id: Target
    version: fields.Version


class CasesDecision(Deciding, frozen=True, kw_only=True):
    """The same for each of the cases."""

    cases: Annotated[list[CaseSeen], Meta(min_length=1, max_length=MAX_CASES)]


class AppealText(Request, frozen=True, kw_only=True):
    text: AppealWords


class AppealResolution(Request, frozen=True, kw_only=True):
    outcome: appeal.Outcome
    reason: fields.OwedReason


class ReportingPause(Request, frozen=True, kw_only=True):
    until: fields.Until
    reason: fields.OwedReason

"""Answers about reports, cases, decisions and appeals. People are named by their handles, and who reported something to
staff alone."""

from typing import Annotated, Literal

from msgspec import Meta

from domain.moderation.decision import ACTS
from domain.moderation.report import CATEGORIES
from readmodel.moderation.queries import CaseState, DecisionState, ReportState
from webapp.api.schema import fields
from webapp.api.schema.response_bodies import Answer

Outcome = Literal["acted", "nothing"]
Category = Annotated[str, Meta(extra_json_schema={"enum": list(CATEGORIES)})]
Act = Annotated[str, Meta(extra_json_schema={"enum": list(ACTS)})]
Kind = Literal["post", "comment", "account"]
Party = Literal["author", "reporter"]
Suggestion = Literal["warn", "suspend for 7 days", "suspend for 30 days", "suspend"]


class Filed(Answer, frozen=True, kw_only=True):
    id: fields.Id
    state: ReportState


class Report(Answer, frozen=True, kw_only=True):
    """One of your own. title: of what it is about. outcome: whether anything was done, null until it is decided.
    decision: what answered it, which you may appeal up to appeal_until."""

    id: fields.Id
    state: ReportState
    target: str
    title: str
    version: fields.Version
    category: Category
    rule: int
    rules_version: int
    law: str
    text: str
    at: fields.Moment
    outcome: Outcome | None
    decision: fields.Id | None
    decided_at: fields.Moment | None
    appeal_until: fields.Moment | None


class Text(Answer, frozen=True, kw_only=True):
    """The words of one version; of an account its name and bio. erased: they are gone for good."""

    version: fields.Count
    title: str
    body: str
    url: str
    at: fields.Moment
    erased: bool


class ReportOfCase(Answer, frozen=True, kw_only=True):
    """reporter: null where a stranger filed it. upheld and dismissed: how many of their earlier reports led to
    something, and to nothing."""

    id: fields.Id
    state: ReportState
    reporter: str | None
    stranger: bool
    version: fields.Version
    category: Category
    rule: int
    rules_version: int
    law: str
    text: str
    at: fields.Moment
    upheld: fields.Count
    dismissed: fields.Count


class Note(Answer, frozen=True, kw_only=True):
    by: str
    at: fields.Moment
    text: str


class Decision(Answer, frozen=True, kw_only=True, omit_defaults=True):
    """A statement of reasons. Whoever reported what it answers is told id, target, outcome, at and appeal_until; whom
    it concerns all but who decided, in which batch, and whether it was reported. done and skipped: acts, once it is
    carried out."""

    id: fields.Id
    target: str
    outcome: Outcome
    at: fields.Moment
    appeal_until: fields.Moment
    state: DecisionState | None = None
    author: str | None = None
    acts: tuple[Act, ...] | None = None
    reason: str | None = None
    note: str | None = None
    rule: int | None = None
    rules_version: int | None = None
    until: fields.Moment | None = None
    points: int | None = None
    strike_expires: fields.Moment | None = None
    basis: Literal["report", "initiative"] | None = None
    automated: bool | None = None
    done: tuple[Act, ...] | None = None
    skipped: tuple[Act, ...] | None = None
    looked_at: Text | None = None
    taken_back_reason: str | None = None
    decided_by: str | None = None
    batch: fields.Id | None = None


class Decided(Answer, frozen=True, kw_only=True):
    """id: of the decision; null where the case was escalated instead. version: the case's."""

    id: fields.Id | None
    version: fields.Version


class Part(Answer, frozen=True, kw_only=True):
    """What came of one case of a batch. version: the case's now. problem and detail say why it was skipped; claimed_by
    and claimed_until tell who has it."""

    id: str
    outcome: Literal["decided", "escalated", "undone", "skipped"]
    decision: fields.Id | None
    version: fields.Version | None = None
    problem: str | None = None
    detail: str | None = None
    claimed_by: str | None = None
    claimed_until: fields.Moment | None = None


class Batch(Answer, frozen=True, kw_only=True):
    """id: of the batch, by which it can be undone as one."""

    id: fields.Id
    parts: list[Part]


class AppealReply(Answer, frozen=True, kw_only=True):
    by_staff: bool
    text: str
    at: fields.Moment


class Lodged(Answer, frozen=True, kw_only=True):
    id: fields.Id
    state: Literal["open"] = "open"


class Appeal(Answer, frozen=True, kw_only=True):
    """account: who lodged it, as the author or as a reporter. decided_by and resolved_by: for staff alone."""

    id: fields.Id
    state: Literal["open", "upheld", "overturned"]
    decision: fields.Id
    target: str
    account: str
    party: Party
    text: str
    at: fields.Moment
    version: fields.Version
    replies: list[AppealReply]
    reason: str | None
    resolved_at: fields.Moment | None
    decided_by: str | None
    resolved_by: str | None


class CaseItem(Answer, frozen=True, kw_only=True):
    """A case in a list. report_count: reports that wait for a decision. score: what the queue is sorted by."""

    id: str
    target: str
    kind: Kind
    author: str
    thread: fields.Id | None
    state: CaseState
    version: fields.Version
    score: int
    report_count: fields.Count
    categories: tuple[str, ...]
    opened_at: fields.Moment
    changed_at: fields.Moment
    claimed_by: str | None
    claimed_until: fields.Moment | None
    title: str
    excerpt: str


class Case(CaseItem, frozen=True, kw_only=True):
    """reported: the text as it was reported; today: as it is now. similar: what else has much the same words."""

    reports: list[ReportOfCase]
    reported: Text | None
    today: Text | None
    notes: list[Note]
    decisions: list[Decision]
    appeals: list[Appeal]
    similar: list[str]


class Claimed(Answer, frozen=True, kw_only=True):
    """version: the case's now."""

    id: str
    version: fields.Version
    claimed_by: str
    claimed_until: fields.Moment


class Strike(Answer, frozen=True, kw_only=True):
    decision: fields.Id
    points: int
    expires: fields.Moment
    voided: bool
    at: fields.Moment


class AccountFile(Answer, frozen=True, kw_only=True):
    """points: of the strikes that count now. suggestion: what they suggest; nothing does it by itself. reports_upheld
    and reports_dismissed: what came of what this person reported."""

    account: str
    joined_at: fields.Moment
    posts: fields.Count
    comments: fields.Count
    suspended: bool
    suspended_until: fields.Moment | None
    warnings: fields.Count
    strikes: list[Strike]
    points: fields.Count
    suggestion: Suggestion | None
    reporting_paused_until: fields.Moment | None
    reporting_paused_reason: str | None
    reports_upheld: fields.Count
    reports_dismissed: fields.Count
    notes: list[Note]
    decisions: list[Decision]
    cases: list[CaseItem]

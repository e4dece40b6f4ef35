"""What queries about reports, cases, decisions and appeals answer with.

Only staff may be shown who reported something: OwnReport and Statement hold nobody's name but the asker's own.
"""

from typing import ClassVar, Literal

import msgspec

from readmodel.engine.views import View

CaseState = Literal["open", "claimed", "escalated", "decided", "appealed"]
CASE_STATES: tuple[CaseState, ...] = ("open", "claimed", "escalated", "decided", "appealed")
ReportState = Literal["received", "decided", "withdrawn"]
DecisionState = Literal["being carried out", "carried out", "taken back", "overturned"]


class TextSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A text at one version. erased: it is gone for good. Profiles have the name in title, the bio in body.

    url: of a post that is a link. A profile that was changed since has no texts: former ones are kept nowhere.
    """

    version: int
    title: str
    body: str
    url: str = ""
    at: str
    erased: bool = False


class OwnReport(View, frozen=True, kw_only=True):
    """A report as whoever filed it sees it. reporter: their id. title: of the target, or of its post.

    outcome: "acted" or "nothing" once it is decided, else None. decision: by which, where they may appeal it.
    """

    id: str
    reporter: str
    target: str
    title: str
    version: int
    category: str
    rule: int
    rules_version: int
    text: str
    law: str
    at: str
    state: ReportState
    outcome: Literal["acted", "nothing"] | None
    decision: str | None
    decided_at: str | None
    appeal_until: str | None


class ReportView(View, frozen=True, kw_only=True):
    """A report as staff see it. upheld, dismissed: how many earlier ones of this reporter led to an act, or to none."""

    people: ClassVar[tuple[str, ...]] = ("reporter",)
    id: str
    reporter: str
    stranger: bool
    version: int
    category: str
    rule: int
    rules_version: int
    text: str
    law: str
    at: str
    state: ReportState
    upheld: int
    dismissed: int


class CaseView(View, frozen=True, kw_only=True):
    """A row of the queue. id: the target's stream. claimed_by, claimed_until: of a claim that is live, else None.

    score: what the queue is sorted by; see docs/moderation.md. title, excerpt: of the target as it is today.
    """

    people: ClassVar[tuple[str, ...]] = ("author", "claimed_by")
    id: str
    kind: Literal["post", "comment", "account"]
    author: str
    thread: str
    state: CaseState
    version: int
    score: int
    reports: int
    categories: tuple[str, ...]
    opened_at: str
    changed_at: str
    claimed_by: str | None
    claimed_until: str | None
    title: str
    excerpt: str


class NoteView(View, frozen=True, kw_only=True):
    people: ClassVar[tuple[str, ...]] = ("by",)
    by: str
    at: str
    text: str


class AppealReply(msgspec.Struct, frozen=True, kw_only=True):
    by_staff: bool
    text: str
    at: str


class AppealView(View, frozen=True, kw_only=True):
    """account: who lodged it, as "author" or as "reporter". outcome: None while it is open."""

    people: ClassVar[tuple[str, ...]] = ("account", "resolved_by", "decided_by")
    id: str
    decision: str
    target: str
    account: str
    party: Literal["author", "reporter"]
    text: str
    at: str
    version: int
    decided_by: str
    replies: tuple[AppealReply, ...]
    outcome: Literal["upheld", "overturned"] | None
    reason: str | None
    resolved_by: str | None
    resolved_at: str | None


class Statement(View, frozen=True, kw_only=True):
    """A decision: the statement of reasons, as its author may read it; to staff by whom, too.

    looked_at: the text that was looked at. done, skipped: acts, once it is carried out (or lifted).
    """

    people: ClassVar[tuple[str, ...]] = ("author", "decided_by")
    id: str
    target: str
    author: str
    decided_by: str
    acts: tuple[str, ...]
    reason: str | None
    note: str
    rule: int
    rules_version: int
    until: str | None
    points: int
    strike_expires: str | None
    basis: Literal["report", "initiative"]
    automated: bool
    batch: str | None
    at: str
    appeal_until: str
    state: DecisionState
    done: tuple[str, ...]
    skipped: tuple[str, ...]
    looked_at: TextSeen | None
    taken_back_reason: str | None


class Strike(msgspec.Struct, frozen=True, kw_only=True):
    decision: str
    points: int
    expires: str
    voided: bool
    at: str


class AccountFile(View, frozen=True, kw_only=True):
    """What staff know of somebody. points: of strikes that count now. suggestion: what those suggest, never do.

    reporting_paused_until: while it is. decisions, cases: the newest 100 each.
    reports_upheld, reports_dismissed: what came of what they reported themselves.
    """

    people: ClassVar[tuple[str, ...]] = ("account",)
    views: ClassVar[tuple[str, ...]] = ("notes", "decisions", "cases")
    account: str
    joined_at: str
    posts: int
    comments: int
    suspended: bool
    suspended_until: str | None
    warnings: int
    strikes: tuple[Strike, ...]
    points: int
    suggestion: Literal["warn", "suspend for 7 days", "suspend for 30 days", "suspend"] | None
    reporting_paused_until: str | None
    reporting_paused_reason: str | None
    reports_upheld: int
    reports_dismissed: int
    notes: tuple[NoteView, ...]
    decisions: tuple[Statement, ...]
    cases: tuple[CaseView, ...]


class CaseDetails(View, frozen=True, kw_only=True):
    """All of one case. reported: the text as the first open report saw it, else as the case saw it; today: as it is
    now. similar: other writings of the last week with much the same words."""

    views: ClassVar[tuple[str, ...]] = ("case", "reports", "notes", "decisions", "appeals")
    case: CaseView
    reported: TextSeen | None
    today: TextSeen | None
    reports: tuple[ReportView, ...]
    notes: tuple[NoteView, ...]
    decisions: tuple[Statement, ...]
    appeals: tuple[AppealView, ...]
    similar: tuple[str, ...]

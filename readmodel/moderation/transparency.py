"""What moderation did in a quarter, in numbers and as statements of reasons, for everybody: nobody is named in it.

The columns of a public statement are those of the EU's database of statements of reasons
(https://transparency.dsa.ec.europa.eu/page/api-documentation), as far as a site of posts and comments has them.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from sqlalchemy import BindParameter, Connection, bindparam, func, literal_column, select, true

from domain.errors import Invalid, Sentence
from domain.ids import made_at
from domain.moderation.decision import ACTS
from domain.moderation.report import CATEGORIES
from domain.moderation.targets import parse
from readmodel.engine import bulk
from readmodel.engine.model import ReadModel
from readmodel.engine.paging import descending, fetch_page, is_moment, is_subject
from readmodel.engine.queries import Query
from readmodel.engine.views import Key, Page

from .appeals import OVERTURNED, UPHELD, appeals
from .case_tables import decisions
from .cases import answered
from .quarters import is_over, is_quarter
from .reports import reports


class Quarters(Query, frozen=True, kw_only=True):
    """list[str]: the quarters before that of now in which there was a report or a decision, newest first."""

    now: str


class TransparencyOf(Query, frozen=True, kw_only=True):
    """Transparency. quarter: such as "2026-Q4". Raises Invalid for another form."""

    quarter: str


class PublicStatements(Query, frozen=True, kw_only=True):
    """Page[PublicStatement]: the decisions of a quarter that restricted something, newest first."""

    quarter: str
    after: Key | None = None
    limit: int = 100


class Transparency(msgspec.Struct, frozen=True, kw_only=True):
    """reports: by category. decisions: by act, where one with two acts counts for both. after_reports: how many
    followed a report. median_wait_s: from the opening of a case to its decision, None without any. reversed: how many
    were taken back or overturned. open_appeals: not resolved yet."""

    quarter: str
    reports: Mapping[str, int]
    decisions: Mapping[str, int]
    decided: int
    after_reports: int
    automated: int
    reversed: int
    median_wait_s: int | None
    appeals: int
    appeals_upheld: int
    appeals_overturned: int
    open_appeals: int


class PublicStatement(msgspec.Struct, frozen=True, kw_only=True):
    """A decision without anybody's name or words. puid: the decision's id. incompatible_content_ground: the number of
    the site's rule and their version. content_date: of the post, the comment or the account. Dates are in UTC."""

    puid: str
    decision_visibility: tuple[str, ...]
    decision_monetary: str | None = None
    decision_provision: str | None = None
    decision_account: str | None
    decision_ground: str = "DECISION_GROUND_INCOMPATIBLE_CONTENT"
    incompatible_content_ground: str | None
    category: str = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
    content_type: tuple[str, ...]
    content_type_other: str | None
    content_date: str
    application_date: str
    end_date_account_restriction: str | None
    source_type: str
    automated_detection: Literal["Yes", "No"]
    automated_decision: str = "AUTOMATED_DECISION_NOT_AUTOMATED"


_QUARTER: BindParameter[str] = bindparam("quarter")
_QUARTERS = (
    select(reports.c.quarter)
    .distinct()
    .union(select(decisions.c.quarter).distinct())
    .order_by(literal_column("1").desc())
)
_REPORTS = select(reports.c.category, func.count()).where(reports.c.quarter == _QUARTER).group_by(reports.c.category)
_DECISIONS = (
    select(decisions.c.acts, decisions.c.basis, decisions.c.automated, func.count())
    .where(decisions.c.quarter == _QUARTER)
    .group_by(decisions.c.acts, decisions.c.basis, decisions.c.automated)
)
_REVERSED = select(func.count()).where(
    decisions.c.quarter == _QUARTER, (decisions.c.taken_back_version.is_not(None)) | (decisions.c.reversed == true())
)
_WAITS = (
    select(decisions.c.waited_s)
    .where(decisions.c.quarter == _QUARTER)
    .order_by(decisions.c.waited_s)
    .limit(1)
    .offset(bindparam("middle"))
)
_APPEALS = select(appeals.c.outcome, func.count()).where(appeals.c.quarter == _QUARTER).group_by(appeals.c.outcome)
_STATEMENTS = descending(
    select(decisions).where(decisions.c.quarter == _QUARTER, decisions.c.told == true()),
    decisions.c.decided_at,
    decisions.c.id,
    ("decided_at", "id"),
    (is_moment, is_subject),
)
_VISIBILITY = {
    "remove": "DECISION_VISIBILITY_CONTENT_REMOVED",
    "edit": "DECISION_VISIBILITY_OTHER",
    "lock": "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED",
}
_ILLEGAL = select(reports.c.id).where(
    reports.c.id.in_(bindparam("values", expanding=True)), reports.c.category == literal_column("'illegal'")
)


def quarters(connection: Connection, query: Quarters) -> list[str]:
    return [quarter for quarter in connection.execute(_QUARTERS).scalars() if is_over(quarter, query.now)]


def transparency_of(connection: Connection, query: TransparencyOf) -> Transparency:
    known = {"quarter": checked_quarter(query.quarter)}
    categories = {row[0]: row[1] for row in connection.execute(_REPORTS, known)}
    made = connection.execute(_DECISIONS, known).all()
    decided = sum(number for *_, number in made)
    ends = {row[0]: row[1] for row in connection.execute(_APPEALS, known)}
    waits = connection.execute(_WAITS, {**known, "middle": (decided - 1) // 2}).scalar() if decided else None
    return Transparency(
        quarter=query.quarter,
        reports={name: categories.get(name, 0) for name in CATEGORIES},
        decisions={
            act: sum(number for acts, *_, number in made if act in acts.split()) for act in ACTS if act != "escalate"
        },
        decided=decided,
        after_reports=sum(number for _, basis, _, number in made if basis == "report"),
        automated=sum(number for *_, automated, number in made if automated),
        reversed=connection.execute(_REVERSED, known).scalar_one(),
        median_wait_s=waits,
        appeals=sum(ends.values()),
        appeals_upheld=ends.get(UPHELD, 0),
        appeals_overturned=ends.get(OVERTURNED, 0),
        open_appeals=ends.get(None, 0),
    )


def checked_quarter(quarter: str) -> str:
    if not is_quarter(quarter):
        raise Invalid({"quarter": Sentence("Quarter must be written like 2026-Q4.")})
    return quarter


def public_statements(connection: Connection, query: PublicStatements) -> Page[PublicStatement]:
    known = {"quarter": checked_quarter(query.quarter)}
    rows, next = fetch_page(connection, _STATEMENTS, query.after, query.limit, known)
    reported = {row.id: [report for report, _ in answered(row._asdict())] for row in rows}
    wanted = [report for reports_of_one in reported.values() for report in reports_of_one]
    illegal = {id for (id,) in bulk.select_in(connection, _ILLEGAL, wanted)}
    return Page(items=[_public(row, not illegal.isdisjoint(reported[row.id])) for row in rows], next=next)


def _public(row: Any, told_to_be_illegal: bool) -> PublicStatement:
    acts, target = row.acts.split(), parse(row.target)
    is_account = target.kind == "account"
    return PublicStatement(
        puid=row.id,
        decision_visibility=tuple(_VISIBILITY[act] for act in acts if act in _VISIBILITY),
        decision_account="DECISION_ACCOUNT_SUSPENDED" if "suspend" in acts else None,
        incompatible_content_ground=f"Rule {row.rule} (version {row.rules_version})" if row.rule else None,
        content_type=("CONTENT_TYPE_OTHER",) if is_account else ("CONTENT_TYPE_TEXT",),
        content_type_other="Account" if is_account else None,
        content_date=made_at(target.id)[:10],
        application_date=row.decided_at[:10],
        end_date_account_restriction=row.until[:10] if row.until else None,
        source_type=_source(row.basis, told_to_be_illegal),
        automated_detection="Yes" if row.automated else "No",
    )


def _source(basis: str, told_to_be_illegal: bool) -> str:
    """A notice of article 16 is one of something illegal."""
    if basis == "initiative":
        return "SOURCE_VOLUNTARY"
    return "SOURCE_ARTICLE_16" if told_to_be_illegal else "SOURCE_TYPE_OTHER_NOTIFICATION"


MODEL = ReadModel(
    tables=(),
    folds={},
    answers={Quarters: quarters, TransparencyOf: transparency_of, PublicStatements: public_statements},
)

"""The tables of cases: a row for each case, report in it, note and decision, and how often each reporter was right."""

from sqlalchemy import Boolean, Column, Index, Integer, Table

from readmodel.engine.schema import Moment, block, key, line, metadata

OPEN, ESCALATED, DECIDED = "open", "escalated", "decided"
LEFT = ""
_COVERED = ("claimed_until", "claimed_by", "kind", "author")
"""What a filter of the queue looks at."""
CATEGORY_BITS = {"spam": 1, "illegal": 2, "rule": 4, "other": 8}

cases = Table(
    "cases",
    metadata,
    Column("id", key(48), primary_key=True),
    Column("kind", key(8), nullable=False),
    Column("subject", key(36), nullable=False),
    Column("author", key(40), nullable=False),
    Column("thread", key(36), nullable=False),
    Column("version", Integer, nullable=False),
    Column("text_version", Integer, nullable=False),
    Column("state", key(10), nullable=False),
    Column("claimed_by", key(40)),
    Column("claimed_until", Moment()),
    Column("reports", Integer, nullable=False),
    Column("opened_at", Moment(), nullable=False),
    Column("changed_at", Moment(), nullable=False),
    Column("score", Integer, nullable=False),
    Column("categories", Integer, nullable=False),
    Index("cases_by_score", "state", "score", "id", "categories", *_COVERED),
    Index("cases_by_age", "state", "opened_at", "id", "categories", *_COVERED),
    Index("cases_by_category_and_score", "state", "categories", "score", "id", *_COVERED),
    Index("cases_by_category_and_age", "state", "categories", "opened_at", "id", *_COVERED),
    Index("cases_of_author", "author", "changed_at", "id"),
    Index("cases_claimed", "claimed_until", "claimed_by"),
)
"""id: the target's stream; subject: the target's id. state: open, escalated or decided; whether it is claimed depends
on the time, and whether it is appealed on appeals. reports: those that wait, or that were decided last. opened_at: when
it was opened last. categories: the sum of CATEGORY_BITS."""

case_reports = Table(
    "case_reports",
    metadata,
    Column("target", key(48), primary_key=True),
    Column("report", key(36), primary_key=True),
    Column("reporter", key(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("joined_at", Moment(), nullable=False),
    Column("decision", key(36)),
    Column("acted", Boolean, nullable=False),
    Column("lifted", Boolean, nullable=False),
    Index("case_reports_of_reporter", "reporter", "decision", "acted", "lifted"),
    sqlite_with_rowid=False,
)
"""version: of the target, as the reporter saw it. decision: which answers it, LEFT where it was withdrawn before that.
acted: whether something was done; lifted: whether it says nothing about its reporter, since that was overturned."""

reporter_counts = Table(
    "reporter_counts",
    metadata,
    Column("reporter", key(40), primary_key=True),
    Column("upheld", Integer, nullable=False),
    Column("dismissed", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""How many of somebody's reports led to an act, and how many to none. Whoever reported anything has a row."""

case_notes = Table(
    "case_notes",
    metadata,
    Column("target", key(48), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("noted_by", key(40), nullable=False),
    Column("noted_at", Moment(), nullable=False),
    sqlite_with_rowid=False,
)
"""Notes, and why a case was left to an admin."""

decisions = Table(
    "decisions",
    metadata,
    Column("id", key(36), primary_key=True),
    Column("target", key(48), nullable=False),
    Column("made_version", Integer, nullable=False),
    Column("author", key(40), nullable=False),
    Column("decided_by", key(40), nullable=False),
    Column("acts", line(100), nullable=False),
    Column("told", Boolean, nullable=False),
    Column("rule", Integer, nullable=False),
    Column("rules_version", Integer, nullable=False),
    Column("until", Moment()),
    Column("points", Integer, nullable=False),
    Column("strike_expires", Moment()),
    Column("text_version", Integer, nullable=False),
    Column("reports", block(), nullable=False),
    Column("basis", key(10), nullable=False),
    Column("automated", Boolean, nullable=False),
    Column("batch", key(36)),
    Column("decided_at", Moment(), nullable=False),
    Column("appeal_until", Moment(), nullable=False),
    Column("carried_out", Boolean, nullable=False),
    Column("done", line(100), nullable=False),
    Column("skipped", line(100), nullable=False),
    Column("taken_back_version", Integer),
    Column("reversed", Boolean, nullable=False),
    Column("appeal", key(36)),
    Column("quarter", key(7), nullable=False),
    Column("waited_s", Integer, nullable=False),
    Index("decisions_about", "author", "told", "decided_at", "id"),
    Index("decisions_of_target", "target", "decided_at", "id"),
    Index("decisions_of_batch", "batch", "decided_at", "id"),
    Index("decisions_of_quarter", "quarter", "acts", "basis", "automated", "taken_back_version", "reversed"),
    Index("decisions_by_wait", "quarter", "waited_s"),
    Index("decisions_told_in_quarter", "quarter", "told", "decided_at", "id"),
)
"""acts, done, skipped: with blanks between. told: whether it came to anything, so that its author is told. reports:
those that it answers, each with its reporter. appeal: by which it was overturned and reversed. quarter: in which it was
made. waited_s: seconds since its case was opened."""

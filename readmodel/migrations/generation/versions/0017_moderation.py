"""Reports, cases, decisions and appeals, the standing of accounts, and the words in all of them."""

from alembic import context, op
from sqlalchemy import Boolean, Column, Integer

from readmodel.engine.schema import Moment, block, key, line

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_INDEXES = (
    ("reports_of_reporter", "reports", "reporter filed_at id"),
    ("reports_of_stream", "reports", "stream"),
    ("cases_by_score", "cases", "state score id categories claimed_until claimed_by kind author"),
    ("cases_by_age", "cases", "state opened_at id categories claimed_until claimed_by kind author"),
    ("cases_by_category_and_score", "cases", "state categories score id claimed_until claimed_by kind author"),
    ("cases_by_category_and_age", "cases", "state categories opened_at id claimed_until claimed_by kind author"),
    ("cases_of_author", "cases", "author changed_at id"),
    ("cases_claimed", "cases", "claimed_until claimed_by"),
    ("case_reports_of_reporter", "case_reports", "reporter decision acted lifted"),
    ("decisions_about", "decisions", "author told decided_at id"),
    ("decisions_of_target", "decisions", "target decided_at id"),
    ("decisions_of_batch", "decisions", "batch decided_at id"),
    ("decisions_of_quarter", "decisions", "quarter acts basis automated taken_back_version reversed"),
    ("decisions_by_wait", "decisions", "quarter waited_s"),
    ("decisions_told_in_quarter", "decisions", "quarter told decided_at id"),
    ("reports_of_quarter", "reports", "quarter category"),
    ("appeals_of_quarter", "appeals", "quarter outcome"),
    ("appeals_oldest", "appeals", "resolved lodged_at id target"),
    ("appeals_of_decision", "appeals", "decision outcome"),
    ("appeals_of_target", "appeals", "target resolved"),
    ("appeals_by_id", "appeals", "id"),
)


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    op.create_table(
        "moderation_words",
        Column("stream", key(96), primary_key=True),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("reason", line(500)),
        Column("said", block(), nullable=False),
        Column("law", line(200), nullable=False),
        schema=schema,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reports",
        Column("id", key(36), primary_key=True),
        Column("stream", key(96), nullable=False),
        Column("filed_version", Integer, nullable=False),
        Column("target", key(48), nullable=False),
        Column("seen_version", Integer, nullable=False),
        Column("category", key(8), nullable=False),
        Column("rule", Integer, nullable=False),
        Column("rules_version", Integer, nullable=False),
        Column("reporter", key(40), nullable=False),
        Column("stranger", Boolean, nullable=False),
        Column("filed_at", Moment(), nullable=False),
        Column("withdrawn_at", Moment()),
        Column("quarter", key(7), nullable=False),
        schema=schema,
    )
    op.create_table(
        "cases",
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
        schema=schema,
    )
    op.create_table(
        "case_reports",
        Column("target", key(48), primary_key=True),
        Column("report", key(36), primary_key=True),
        Column("reporter", key(40), nullable=False),
        Column("version", Integer, nullable=False),
        Column("joined_at", Moment(), nullable=False),
        Column("decision", key(36)),
        Column("acted", Boolean, nullable=False),
        Column("lifted", Boolean, nullable=False),
        schema=schema,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reporter_counts",
        Column("reporter", key(40), primary_key=True),
        Column("upheld", Integer, nullable=False),
        Column("dismissed", Integer, nullable=False),
        schema=schema,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "case_notes",
        Column("target", key(48), primary_key=True),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("noted_by", key(40), nullable=False),
        Column("noted_at", Moment(), nullable=False),
        schema=schema,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "decisions",
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
        schema=schema,
    )
    op.create_table(
        "appeals",
        Column("stream", key(96), primary_key=True),
        Column("id", key(36), nullable=False),
        Column("decision", key(36), nullable=False),
        Column("target", key(48), nullable=False),
        Column("account", key(40), nullable=False),
        Column("party", key(8), nullable=False),
        Column("lodged_version", Integer, nullable=False),
        Column("lodged_at", Moment(), nullable=False),
        Column("version", Integer, nullable=False),
        Column("resolved", Boolean, nullable=False),
        Column("outcome", key(10)),
        Column("resolved_version", Integer),
        Column("resolved_by", key(40)),
        Column("resolved_at", Moment()),
        Column("quarter", key(7), nullable=False),
        schema=schema,
    )
    op.create_table(
        "appeal_replies",
        Column("stream", key(96), primary_key=True),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("by_staff", Boolean, nullable=False),
        Column("replied_at", Moment(), nullable=False),
        schema=schema,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "warnings",
        Column("account", key(36), primary_key=True),
        Column("decision", key(36), primary_key=True),
        Column("issued_at", Moment(), nullable=False),
        Column("voided", Boolean, nullable=False),
        schema=schema,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "strikes",
        Column("account", key(36), primary_key=True),
        Column("decision", key(36), primary_key=True),
        Column("points", Integer, nullable=False),
        Column("expires", Moment(), nullable=False),
        Column("added_at", Moment(), nullable=False),
        Column("voided", Boolean, nullable=False),
        schema=schema,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reporting_pauses",
        Column("account", key(36), primary_key=True),
        Column("paused_until", Moment(), nullable=False),
        Column("version", Integer, nullable=False),
        schema=schema,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "account_notes",
        Column("account", key(36), primary_key=True),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("noted_by", key(40), nullable=False),
        Column("noted_at", Moment(), nullable=False),
        schema=schema,
        sqlite_with_rowid=False,
    )
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns.split(), schema=schema)


def downgrade() -> None:
    raise NotImplementedError("a generation only goes forward; a rebuild makes a new one")

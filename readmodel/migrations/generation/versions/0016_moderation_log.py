"""The moderation log has rows of its own, with an index for each filter; they take the place of `moderations`."""

from alembic import context, op
from sqlalchemy import Boolean, Column, Integer

from readmodel.engine.schema import Moment, key, line

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INDEXES = {
    "moderation_log_newest": [],
    "moderation_log_by_actor": ["actor"],
    "moderation_log_by_type": ["type"],
    "moderation_log_by_subject": ["subject"],
    "moderation_log_by_actor_and_type": ["actor", "type"],
    "moderation_log_by_actor_and_subject": ["actor", "subject"],
}


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    op.create_table(
        "moderation_log",
        Column("stream", key(64), primary_key=True),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("id", key(48), nullable=False),
        Column("at", Moment(), nullable=False),
        Column("actor", key(40), nullable=False),
        Column("type", key(40), nullable=False),
        Column("subject", key(12), nullable=False),
        Column("thread", key(36)),
        Column("account", key(36)),
        Column("role", key(12)),
        Column("rule", Integer),
        Column("reason", line(500)),
        Column("erased", Boolean, nullable=False),
        schema=schema,
        sqlite_with_rowid=False,
    )
    for name, filters in INDEXES.items():
        op.create_index(name, "moderation_log", [*filters, "at", "id"], schema=schema)
    op.drop_table("moderations", schema=schema)


def downgrade() -> None:
    raise NotImplementedError("a generation only goes forward; a rebuild makes a new one")

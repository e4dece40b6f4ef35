"""What others did that somebody wants to know."""

from alembic import context, op
from sqlalchemy import Column, Integer

from readmodel.engine.schema import Moment, key

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    op.create_table(
        "notifications",
        Column("recipient", key(40), primary_key=True),
        Column("id", key(64), primary_key=True),
        Column("what", key(12), nullable=False),
        Column("stream", key(48), nullable=False),
        Column("subject", key(40), nullable=False),
        Column("version", Integer, nullable=False),
        Column("actor", key(40), nullable=False),
        Column("at", Moment(), nullable=False),
        schema=schema,
        sqlite_with_rowid=False,
    )
    op.create_index("notifications_newest", "notifications", ["recipient", "at", "id"], schema=schema)
    op.create_index("notifications_of_stream", "notifications", ["stream"], schema=schema)
    op.create_table(
        "awaited",
        Column("target", key(36), primary_key=True),
        Column("comment", key(36), primary_key=True),
        schema=schema,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    raise NotImplementedError("a generation only goes forward; a rebuild makes a new one")

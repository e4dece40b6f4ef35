"""Who is told what of decisions and appeals."""

from alembic import context, op
from sqlalchemy import Column

from readmodel.engine.schema import Moment, key

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    op.create_table(
        "moderation_notices",
        Column("recipient", key(40), primary_key=True),
        Column("id", key(64), primary_key=True),
        Column("what", key(10), nullable=False),
        Column("subject", key(36), nullable=False),
        Column("stream", key(96), nullable=False),
        Column("at", Moment(), nullable=False),
        schema=schema,
        sqlite_with_rowid=False,
    )
    op.create_index("moderation_notices_newest", "moderation_notices", ["recipient", "at", "id"], schema=schema)
    op.create_index("moderation_notices_of_stream", "moderation_notices", ["stream"], schema=schema)


def downgrade() -> None:
    raise NotImplementedError("a generation only goes forward; a rebuild makes a new one")

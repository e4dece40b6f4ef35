"""The webhooks of each account."""

from alembic import context, op
from sqlalchemy import Column

from readmodel.engine.schema import Moment, key, line

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    op.create_table(
        "webhooks",
        Column("id", key(36), primary_key=True),
        Column("handle", key(40), nullable=False),
        Column("url", line(2000), nullable=False),
        Column("kinds", line(1000), nullable=False),
        Column("description", line(200), nullable=False),
        Column("added_at", Moment(), nullable=False),
        Column("rotated_at", Moment()),
        Column("paused_at", Moment()),
        Column("pause_reason", line(500)),
        schema=schema,
    )
    op.create_index("webhooks_of_handle", "webhooks", ["handle", "id"], schema=schema)


def downgrade() -> None:
    raise NotImplementedError("a generation only goes forward; a rebuild makes a new one")

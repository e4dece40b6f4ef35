"""Limits for new accounts, and bulk removals with their parts."""

from alembic import context, op
from sqlalchemy import Column, Integer

from readmodel.engine.schema import Moment, key

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    numbers = ("days", "writings", "links", "mentions", "per_hour")
    op.create_table(
        "newcomer_limits",
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("set_at", Moment(), nullable=False),
        Column("set_by", key(40), nullable=False),
        *(Column(name, Integer, nullable=False) for name in numbers),
        schema=schema,
    )


def downgrade() -> None:
    raise NotImplementedError("a generation only goes forward; a rebuild makes a new one")

"""Limits for new accounts, and bulk removals with their parts."""

from alembic import context, op
from sqlalchemy import Boolean, Column, Integer

from readmodel.engine.schema import Moment, key, line

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
    op.create_table(
        "bulk_removals",
        Column("id", key(36), primary_key=True),
        Column("account", key(36), nullable=False),
        Column("ordered_by", key(40), nullable=False),
        Column("ordered_at", Moment(), nullable=False),
        Column("since", Moment(), nullable=False),
        Column("until", Moment(), nullable=False),
        Column("reason", line(500)),
        Column("suspends", Boolean, nullable=False),
        Column("suspended_until", Moment()),
        Column("previewed", Integer, nullable=False),
        Column("removal_remaining", Integer),
        Column("taken_back_by", key(40)),
        Column("taken_back_at", Moment()),
        Column("taken_back_reason", line(500)),
        Column("taken_back_version", Integer, nullable=False),
        Column("restoration_remaining", Integer),
        Column("open", Boolean, nullable=False),
        schema=schema,
    )
    op.create_index("bulk_removals_open", "bulk_removals", ["open", "ordered_at", "id"], schema=schema)
    op.create_index("bulk_removals_of_account", "bulk_removals", ["account", "ordered_at", "id"], schema=schema)
    op.create_table(
        "bulk_removal_parts",
        Column("batch", key(36), primary_key=True),
        Column("id", key(36), primary_key=True),
        Column("kind", key(8), nullable=False),
        Column("removed_at", Moment(), nullable=False),
        Column("restored", Boolean, nullable=False),
        schema=schema,
    )
    parts = "bulk_removal_parts"
    op.create_index("bulk_removal_parts_of_text", parts, ["id"], schema=schema)
    op.create_index("bulk_removal_parts_newest", parts, ["batch", "removed_at", "id"], schema=schema)
    op.create_index("bulk_removal_parts_left", parts, ["batch", "restored", "id"], schema=schema)


def downgrade() -> None:
    raise NotImplementedError("a generation only goes forward; a rebuild makes a new one")

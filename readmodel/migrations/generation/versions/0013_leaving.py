"""Whose owner leaves or left, and which version brought the reason of a suspension."""

from alembic import context, op
from sqlalchemy import Boolean, Column, Integer, false

from readmodel.engine.schema import Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    for column in (
        Column("suspended_version", Integer, nullable=False, server_default="0"),
        Column("gone", Boolean, nullable=False, server_default=false()),
        Column("leaving_until", Moment()),
    ):
        op.add_column("accounts", column, schema=schema)
    op.create_index("accounts_leaving", "accounts", ["leaving_until"], schema=schema)


def downgrade() -> None:
    raise NotImplementedError("a generation only goes forward; a rebuild makes a new one")

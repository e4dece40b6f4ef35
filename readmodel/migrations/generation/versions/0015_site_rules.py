"""The site's rules, each version of them whole."""

from alembic import context, op
from sqlalchemy import Boolean, Column, Integer

from readmodel.engine.schema import Moment, block, key, line

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    op.create_table(
        "rule_versions",
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("published_at", Moment(), nullable=False),
        Column("published_by", key(40), nullable=False),
        Column("erased", Boolean, nullable=False),
        schema=schema,
    )
    op.create_table(
        "rules",
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("title", line(120), nullable=False),
        Column("text", block(), nullable=False),
        schema=schema,
    )


def downgrade() -> None:
    raise NotImplementedError("a generation only goes forward; a rebuild makes a new one")

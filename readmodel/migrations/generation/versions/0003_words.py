"""Which post or comment has which word."""

from alembic import context, op
from sqlalchemy import Column, SmallInteger

from readmodel.engine.schema import key

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "words",
        Column("scope", SmallInteger, primary_key=True, autoincrement=False),
        Column("word", key(80), primary_key=True),
        Column("subject", key(36), primary_key=True),
        schema=context.config.attributes["schema"],
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    raise NotImplementedError("a generation only goes forward; a rebuild makes a new one")

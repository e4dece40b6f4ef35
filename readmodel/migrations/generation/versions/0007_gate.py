"""The gate that is shut while another generation goes live."""

from alembic import context, op
from sqlalchemy import BigInteger, Column, Integer

from readmodel.engine.schema import key

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gate",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("passed", BigInteger, nullable=False),
        Column("shut_by", key(36)),
        schema=context.config.attributes["schema"],
    )


def downgrade() -> None:
    raise NotImplementedError("a generation only goes forward; a rebuild makes a new one")

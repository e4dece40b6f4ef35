"""The highest position of the event store that was ever seen."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer

from readmodel.engine.schema import Moment, key

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "heads",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("position", BigInteger, nullable=False),
        Column("chain", key(64), nullable=False),
        Column("at", Moment(), nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("the control tables only go forward")

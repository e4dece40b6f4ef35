"""How far each place is free of what was erased."""

from alembic import op
from sqlalchemy import BigInteger, Column

from readmodel.engine.schema import key

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scrubbed",
        Column("place", key(40), primary_key=True),
        Column("position", BigInteger, nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("the control tables only go forward")

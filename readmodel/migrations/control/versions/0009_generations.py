"""Leases on generations, the read models that one was filled for, and switches that are announced."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer

from readmodel.engine.schema import key

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("generations", Column("holder", key(36)))
    op.add_column("generations", Column("beat", BigInteger))
    op.add_column("generations", Column("models", key(64)))
    op.add_column("live_generation", Column("next", Integer))


def downgrade() -> None:
    raise NotImplementedError("the control tables only go forward")

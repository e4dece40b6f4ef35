"""Whoever leaves, and the commits by which something of theirs was erased."""

from alembic import op
from sqlalchemy import Boolean, Column, Integer, false

from readmodel.engine.schema import Moment, block, key

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "departures",
        Column("account", key(36), primary_key=True),
        Column("id", key(36), nullable=False, unique=True),
        Column("until", Moment(), nullable=False),
        Column("state", key(12), nullable=False),
        Column("choice", block(), nullable=False),
        Column("cursor", block(), nullable=False),
        Column("counts", block(), nullable=False),
        Column("commits", Integer, nullable=False),
        Column("leased_until", Moment(), nullable=False),
        Column("ended_at", Moment()),
    )
    op.create_table(
        "departure_commits",
        Column("departure", key(36), primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("commit_id", key(36), nullable=False),
    )
    gone = Column("gone", Boolean, nullable=False, server_default=false())
    op.add_column("webhook_targets", gone)


def downgrade() -> None:
    raise NotImplementedError("the control tables only go forward")

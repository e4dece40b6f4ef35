"""Generations, which one is live, sessions, and what the verifier repaired."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer

from readmodel.engine.schema import Moment, block, key, line

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "generations",
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("state", key(12), nullable=False),
        Column("started_at", Moment(), nullable=False),
        Column("ended_at", Moment()),
        Column("position", BigInteger, nullable=False),
        Column("note", line(500), nullable=False),
    )
    op.create_table(
        "live_generation",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("number", Integer, nullable=False),
    )
    op.create_table(
        "sessions",
        Column("token", key(64), primary_key=True),
        Column("handle", key(40), nullable=False),
        Column("opened_at", Moment(), nullable=False),
        Column("expires_at", Moment(), nullable=False),
    )
    op.create_index("sessions_of_handle", "sessions", ["handle"])
    op.create_index("sessions_expired", "sessions", ["expires_at"])
    op.create_table(
        "repairs",
        Column("id", key(36), primary_key=True),
        Column("stream", key(160), nullable=False),
        Column("found_at", Moment(), nullable=False),
        Column("what", block(), nullable=False),
    )
    op.create_index("repairs_found", "repairs", ["found_at"])


def downgrade() -> None:
    raise NotImplementedError("the control tables only go forward")

"""Deliveries to webhooks, whom there is to tell, and up to where what happened was looked at."""

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Integer

from readmodel.engine.schema import Moment, key, line

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook_cursor",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("position", BigInteger, nullable=False),
        Column("since", Moment(), nullable=False),
    )
    op.create_table(
        "webhook_targets",
        Column("webhook", key(36), primary_key=True),
        Column("handle", key(40), nullable=False),
        Column("kinds", line(1000), nullable=False),
        Column("paused", Boolean, nullable=False),
        Column("suspended", Boolean, nullable=False),
    )
    op.create_index("webhook_targets_of_handle", "webhook_targets", ["handle"])
    op.create_table(
        "webhook_deliveries",
        Column("id", key(36), primary_key=True),
        Column("webhook", key(36), nullable=False),
        Column("handle", key(40), nullable=False),
        Column("commit_id", key(36), nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("version", Integer, nullable=False),
        Column("type", key(40), nullable=False),
        Column("made_at", Moment(), nullable=False),
        Column("state", key(12), nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("due_at", Moment(), nullable=False),
        Column("tried_at", Moment()),
        Column("status", Integer),
        Column("answer", line(500), nullable=False),
    )
    op.create_index("webhook_deliveries_due", "webhook_deliveries", ["state", "due_at", "webhook"])
    op.create_index("webhook_deliveries_newest", "webhook_deliveries", ["webhook", "made_at", "id"])
    op.create_index("webhook_deliveries_standing", "webhook_deliveries", ["webhook", "state", "made_at", "id"])


def downgrade() -> None:
    raise NotImplementedError("the control tables only go forward")

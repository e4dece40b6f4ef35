"""When people last were in a thread, and up to when they have read their notifications."""

from alembic import op
from sqlalchemy import Column

from readmodel.engine.schema import Moment, key

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "thread_visits",
        Column("handle", key(40), primary_key=True),
        Column("post", key(36), primary_key=True),
        Column("seen_at", Moment(), nullable=False),
        Column("before_at", Moment()),
    )
    op.create_index("thread_visits_old", "thread_visits", ["handle", "seen_at"])
    op.create_table(
        "notification_reads",
        Column("handle", key(40), primary_key=True),
        Column("read_at", Moment(), nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("the control tables only go forward")

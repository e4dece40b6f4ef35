"""How far moderation.follower has read the event store, and what it couldn't carry out yet."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer

from readmodel.engine.schema import Moment, key, line

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "moderation_cursor",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("position", BigInteger, nullable=False),
        Column("store", key(36)),
        Column("chain", key(64)),
    )
    op.create_table(
        "moderation_set_aside",
        Column("position", BigInteger, primary_key=True, autoincrement=False),
        Column("target", key(100), nullable=False),
        Column("since", Moment(), nullable=False),
        Column("why", line(500), nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("the control tables only go forward")

"""When each token was last used, and the rebuilds that were asked for."""

from alembic import op
from sqlalchemy import Column, Integer

from readmodel.engine.schema import Moment, key, line

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "token_uses",
        Column("token", key(36), primary_key=True),
        Column("used_at", Moment(), nullable=False),
    )
    op.create_table(
        "rebuild_requests",
        Column("id", key(36), primary_key=True),
        Column("asked_by", key(40), nullable=False),
        Column("asked_at", Moment(), nullable=False),
        Column("state", key(12), nullable=False),
        Column("generation", Integer),
        Column("ended_at", Moment()),
        Column("note", line(500), nullable=False),
    )
    op.create_index("rebuild_requests_waiting", "rebuild_requests", ["state", "id"])


def downgrade() -> None:
    raise NotImplementedError("the control tables only go forward")

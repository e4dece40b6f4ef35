"""What people have begun to write and not sent."""

from alembic import op
from sqlalchemy import Column, Integer

from readmodel.engine.schema import Moment, block, key

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drafts",
        Column("handle", key(40), primary_key=True),
        Column("place", key(64), primary_key=True),
        Column("id", key(36), nullable=False),
        Column("version", Integer, nullable=False),
        Column("saved_at", Moment(), nullable=False),
        Column("words", block(), nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("the control tables only go forward")

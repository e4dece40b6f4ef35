"""Answers to calls that change a queue and no stream."""

from alembic import op
from sqlalchemy import Column

from readmodel.engine.schema import Moment, block, key, line

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_answers",
        Column("id", key(64), primary_key=True),
        Column("said", line(300), nullable=False),
        Column("answer", block(), nullable=False),
        Column("at", Moment(), nullable=False),
    )
    op.create_index("kept_answers_old", "kept_answers", ["at"])


def downgrade() -> None:
    raise NotImplementedError("the control tables only go forward")

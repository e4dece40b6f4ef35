"""What was answered to commands that changed nothing."""

from alembic import op
from sqlalchemy import Column, Integer

from readmodel.engine.schema import Moment, key

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unchanged_commands",
        Column("command", key(64), primary_key=True),
        Column("digest", key(64), nullable=False),
        Column("stream", key(160), nullable=False),
        Column("version", Integer, nullable=False),
        Column("at", Moment(), nullable=False),
    )
    op.create_index("unchanged_commands_old", "unchanged_commands", ["at"])


def downgrade() -> None:
    raise NotImplementedError("the control tables only go forward")

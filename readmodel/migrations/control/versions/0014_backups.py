"""The erasure ledger, and when backups and rehearsals last succeeded."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer

from readmodel.engine.schema import Moment, key

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasure_ledger",
        Column("commit_id", key(36), primary_key=True),
        Column("version", Integer, primary_key=True, autoincrement=False),
    )
    op.create_table(
        "backup_runs",
        Column("kind", key(12), primary_key=True),
        Column("at", Moment(), nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("milliseconds", BigInteger, nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("the control tables only go forward")

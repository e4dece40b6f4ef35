"""Takeouts: one a person, its files, and their pieces."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer

from readmodel.engine.schema import Moment, binary, block, key

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "takeouts",
        Column("account", key(40), primary_key=True),
        Column("id", key(36), nullable=False),
        Column("requested_at", Moment(), nullable=False),
        Column("state", key(12), nullable=False),
        Column("done", BigInteger, nullable=False),
        Column("total", BigInteger, nullable=False),
        Column("cursor", block(), nullable=False),
        Column("leased_until", Moment(), nullable=False),
        Column("failures", Integer, nullable=False),
        Column("ended_at", Moment()),
        Column("problem", key(12), nullable=False),
        Column("language", key(16), nullable=False),
    )
    op.create_index("takeouts_due", "takeouts", ["state", "leased_until"])
    op.create_table(
        "takeout_files",
        Column("takeout", key(36), primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("name", key(64), nullable=False),
        Column("crc", BigInteger, nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("packed", BigInteger, nullable=False),
        Column("pieces", Integer, nullable=False),
    )
    op.create_table(
        "takeout_pieces",
        Column("takeout", key(36), primary_key=True),
        Column("file", Integer, primary_key=True, autoincrement=False),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("data", binary(), nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("the control tables only go forward")

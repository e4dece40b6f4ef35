"""First answers by idempotency key in one table: those to commands that changed nothing join the others."""

from alembic import op
from sqlalchemy import Column, Integer, MetaData, Table, Unicode, cast, literal, select

from readmodel.engine.schema import Moment, block, key, line

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

tables = MetaData()
unchanged = Table(
    "unchanged_commands",
    tables,
    Column("command", key(64), primary_key=True),
    Column("digest", key(64), nullable=False),
    Column("stream", key(160), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", Moment(), nullable=False),
)
kept = Table(
    "kept_answers",
    tables,
    Column("id", key(64), primary_key=True),
    Column("said", line(300), nullable=False),
    Column("answer", block(), nullable=False),
    Column("at", Moment(), nullable=False),
)


def upgrade() -> None:
    version = cast(unchanged.c.version, Unicode(11))
    answer = literal('{"stream":"') + unchanged.c.stream + literal('","version":') + version + literal("}")
    moved = select(unchanged.c.command, unchanged.c.digest, answer, unchanged.c.at).where(
        unchanged.c.command.not_in(select(kept.c.id))
    )
    op.execute(kept.insert().from_select(["id", "said", "answer", "at"], moved))
    op.drop_table("unchanged_commands")


def downgrade() -> None:
    raise NotImplementedError("the control tables only go forward")

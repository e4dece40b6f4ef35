"""Which event store a generation is folded from, and the chain at each position that it has reached."""

from alembic import context, op
from sqlalchemy import Column, Integer

from readmodel.engine.schema import key

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    op.create_table(
        "origin",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("store", key(36), nullable=False),
        schema=schema,
    )
    op.add_column("checkpoints", Column("chain", key(64)), schema=schema)


def downgrade() -> None:
    raise NotImplementedError("a generation only goes forward; a rebuild makes a new one")

"""The tokens of each account."""

from alembic import context, op
from sqlalchemy import Column

from readmodel.engine.schema import Moment, key, line

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    op.create_table(
        "tokens",
        Column("id", key(36), primary_key=True),
        Column("handle", key(40), nullable=False),
        Column("label", line(80), nullable=False),
        Column("scopes", line(100), nullable=False),
        Column("issued_at", Moment(), nullable=False),
        Column("expires_at", Moment(), nullable=False),
        Column("revoked_at", Moment()),
        schema=schema,
    )
    op.create_index("tokens_of_handle", "tokens", ["handle", "id"], schema=schema)


def downgrade() -> None:
    raise NotImplementedError("a generation only goes forward; a rebuild makes a new one")

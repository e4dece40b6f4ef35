"""Which event store the webhooks' cursor stands in, and the chain at its position."""

from alembic import op
from sqlalchemy import Column

from readmodel.engine.schema import key

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("webhook_cursor", Column("store", key(36)))
    op.add_column("webhook_cursor", Column("chain", key(64)))


def downgrade() -> None:
    raise NotImplementedError("the control tables only go forward")

"""Until when the owner of a webhook is suspended."""

from alembic import op
from sqlalchemy import Column

from readmodel.engine.schema import Moment

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("webhook_targets", Column("suspended_until", Moment()))


def downgrade() -> None:
    raise NotImplementedError("the control tables only go forward")

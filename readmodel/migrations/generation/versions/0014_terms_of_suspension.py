"""Until when somebody is suspended."""

from alembic import context, op
from sqlalchemy import Column

from readmodel.engine.schema import Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", Column("suspended_until", Moment()), schema=context.config.attributes["schema"])


def downgrade() -> None:
    raise NotImplementedError("a generation only goes forward; a rebuild makes a new one")

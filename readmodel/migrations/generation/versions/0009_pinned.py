"""When a post was pinned to the top of the feed."""

from alembic import context, op
from sqlalchemy import Column

from readmodel.engine.schema import Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    op.add_column("posts", Column("pinned_at", Moment()), schema=schema)
    op.create_index("posts_pinned", "posts", ["removed", "pinned_at", "id"], schema=schema)


def downgrade() -> None:
    raise NotImplementedError("a generation only goes forward; a rebuild makes a new one")

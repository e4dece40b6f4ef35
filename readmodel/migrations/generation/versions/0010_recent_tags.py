"""The newest uses of tags: what is popular weighs them."""

from alembic import context, op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    op.create_index("post_tags_recent", "post_tags", ["removed", "created_at", "tag"], schema=schema)


def downgrade() -> None:
    raise NotImplementedError("a generation only goes forward; a rebuild makes a new one")

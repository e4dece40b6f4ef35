"""The words of one text, found by the text: the background verifier compares them with it."""

from alembic import context, op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("words_of_subject", "words", ["subject"], schema=context.config.attributes["schema"])


def downgrade() -> None:
    raise NotImplementedError("a generation only goes forward; a rebuild makes a new one")

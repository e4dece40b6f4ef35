"""The words of people's names, by which they are found."""

from alembic import context, op
from sqlalchemy import Column

from readmodel.engine.schema import key

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    op.create_table(
        "name_words",
        Column("handle", key(40), primary_key=True),
        Column("word", key(80), primary_key=True),
        schema=schema,
        sqlite_with_rowid=False,
    )
    op.create_index("name_words_of_word", "name_words", ["word", "handle"], schema=schema)


def downgrade() -> None:
    raise NotImplementedError("a generation only goes forward; a rebuild makes a new one")

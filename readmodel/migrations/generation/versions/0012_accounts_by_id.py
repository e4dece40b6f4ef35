"""Rows name people by the ids of their accounts. A generation of before is filled afresh: it is of another store."""

from alembic import context, op
from sqlalchemy import Boolean, Column, Integer

from readmodel.engine.schema import Moment, block, key, line

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    for table in ("accounts", "name_words", "likes", "tokens", "webhooks", "notifications"):
        op.drop_table(table, schema=schema)
    op.create_table(
        "accounts",
        Column("id", key(36), primary_key=True),
        Column("handle", key(40), nullable=False),
        Column("handle_version", Integer, nullable=False),
        Column("handle_since", Moment(), nullable=False),
        Column("name", line(80), nullable=False),
        Column("bio", block(), nullable=False),
        Column("roles", line(100), nullable=False),
        Column("suspended", Boolean, nullable=False),
        Column("suspended_reason", line(500)),
        Column("version", Integer, nullable=False),
        Column("joined_at", Moment(), nullable=False),
        schema=schema,
    )
    op.create_index("accounts_of_handle", "accounts", ["handle"], schema=schema)
    op.create_table(
        "former_handles",
        Column("account", key(36), primary_key=True),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("handle", key(40), nullable=False),
        Column("since", Moment(), nullable=False),
        Column("until", Moment(), nullable=False),
        Column("reserved_until", Moment(), nullable=False),
        schema=schema,
        sqlite_with_rowid=False,
    )
    op.create_index("former_handles_of_handle", "former_handles", ["handle"], schema=schema)
    op.create_table(
        "name_words",
        Column("account", key(36), primary_key=True),
        Column("word", key(80), primary_key=True),
        schema=schema,
        sqlite_with_rowid=False,
    )
    op.create_index("name_words_of_word", "name_words", ["word", "account"], schema=schema)
    op.create_table(
        "likes",
        Column("stream", key(96), primary_key=True),
        Column("target", key(44), nullable=False),
        Column("account", key(36), nullable=False),
        schema=schema,
        sqlite_with_rowid=False,
    )
    op.create_index("likes_of_target", "likes", ["target"], schema=schema)
    op.create_table(
        "tokens",
        Column("id", key(36), primary_key=True),
        Column("account", key(36), nullable=False),
        Column("label", line(80), nullable=False),
        Column("scopes", line(100), nullable=False),
        Column("issued_at", Moment(), nullable=False),
        Column("expires_at", Moment(), nullable=False),
        Column("revoked_at", Moment()),
        schema=schema,
    )
    op.create_index("tokens_of_account", "tokens", ["account", "id"], schema=schema)
    op.create_table(
        "webhooks",
        Column("id", key(36), primary_key=True),
        Column("account", key(36), nullable=False),
        Column("url", line(2000), nullable=False),
        Column("kinds", line(1000), nullable=False),
        Column("description", line(200), nullable=False),
        Column("added_at", Moment(), nullable=False),
        Column("rotated_at", Moment()),
        Column("paused_at", Moment()),
        Column("pause_reason", line(500)),
        schema=schema,
    )
    op.create_index("webhooks_of_account", "webhooks", ["account", "id"], schema=schema)
    op.create_table(
        "notifications",
        Column("recipient", key(41), primary_key=True),
        Column("id", key(64), primary_key=True),
        Column("what", key(12), nullable=False),
        Column("stream", key(48), nullable=False),
        Column("subject", key(40), nullable=False),
        Column("version", Integer, nullable=False),
        Column("actor", key(40), nullable=False),
        Column("at", Moment(), nullable=False),
        schema=schema,
        sqlite_with_rowid=False,
    )
    op.create_index("notifications_newest", "notifications", ["recipient", "at", "id"], schema=schema)
    op.create_index("notifications_of_stream", "notifications", ["stream"], schema=schema)


def downgrade() -> None:
    raise NotImplementedError("a generation only goes forward; a rebuild makes a new one")

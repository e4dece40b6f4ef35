"""Every table of a generation as it first was."""

from alembic import context, op
from sqlalchemy import BigInteger, Boolean, Column, Integer, desc

from readmodel.engine.schema import Moment, block, key, line

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema = context.config.attributes["schema"]
    op.create_table(
        "accounts",
        Column("handle", key(40), primary_key=True),
        Column("name", line(80), nullable=False),
        Column("bio", block(), nullable=False),
        Column("roles", line(100), nullable=False),
        Column("suspended", Boolean, nullable=False),
        Column("suspended_reason", line(500)),
        Column("version", Integer, nullable=False),
        Column("joined_at", Moment(), nullable=False),
        schema=schema,
    )
    op.create_table(
        "author_counts",
        Column("author", key(40), primary_key=True),
        Column("posts", Integer, nullable=False),
        Column("comments", Integer, nullable=False),
        schema=schema,
    )
    op.create_table(
        "checkpoints",
        Column("partition", Integer, primary_key=True, autoincrement=False),
        Column("next_offset", BigInteger, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("epoch", Integer, nullable=False),
        schema=schema,
    )
    op.create_table(
        "comments",
        Column("id", key(36), primary_key=True),
        Column("post", key(36), nullable=False),
        Column("parent", key(36)),
        Column("root", key(36), nullable=False),
        Column("depth", Integer, nullable=False),
        Column("author", key(40), nullable=False),
        Column("body", block(), nullable=False),
        Column("likes", Integer, nullable=False),
        Column("version", Integer, nullable=False),
        Column("text_version", Integer, nullable=False),
        Column("created_at", Moment(), nullable=False),
        Column("edited_at", Moment()),
        Column("edited_by", key(40)),
        Column("edit_reason", line(500)),
        Column("removed", Boolean, nullable=False),
        Column("removed_by", key(40)),
        Column("removed_reason", line(500)),
        schema=schema,
    )
    op.create_index("comments_of_author", "comments", ["author", "removed", "created_at", "id"], schema=schema)
    op.create_index("comments_of_post", "comments", ["post", "created_at", "id"], schema=schema)
    op.create_index("comments_of_root", "comments", ["root", "created_at", "id"], schema=schema)
    op.create_index("comments_removed", "comments", ["removed", "created_at", "id"], schema=schema)
    op.create_index("comments_roots", "comments", ["post", "depth", "created_at", "id"], schema=schema)
    op.create_table(
        "dead_letters",
        Column("stream", key(160), primary_key=True),
        Column("version", Integer, nullable=False),
        Column("commit_id", key(36), nullable=False),
        Column("error", block(), nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("parked_at", Moment(), nullable=False),
        schema=schema,
    )
    op.create_table(
        "history",
        Column("stream", key(64), primary_key=True),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("type", key(40), nullable=False),
        Column("actor", key(40), nullable=False),
        Column("at", Moment(), nullable=False),
        Column("reason", line(500)),
        Column("title", line(300)),
        Column("body", block()),
        Column("url", line(2000)),
        Column("erased", Boolean, nullable=False),
        Column("detail", block(), nullable=False),
        schema=schema,
    )
    op.create_table(
        "likes",
        Column("stream", key(96), primary_key=True),
        Column("target", key(44), nullable=False),
        Column("handle", key(40), nullable=False),
        schema=schema,
    )
    op.create_index("likes_of_target", "likes", ["target"], schema=schema)
    op.create_table(
        "moderations",
        Column("position", BigInteger, primary_key=True, autoincrement=False),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("stream", key(64), nullable=False),
        schema=schema,
    )
    op.create_index("moderations_of_stream", "moderations", ["stream"], schema=schema)
    op.create_table(
        "post_tags",
        Column("tag", key(50), primary_key=True),
        Column("post", key(36), primary_key=True),
        Column("created_at", Moment(), nullable=False),
        Column("likes", Integer, nullable=False),
        Column("comments", Integer, nullable=False),
        Column("removed", Boolean, nullable=False),
        schema=schema,
    )
    op.create_index("post_tags_discussed", "post_tags", ["tag", "removed", "comments", "post"], schema=schema)
    op.create_index("post_tags_new", "post_tags", ["tag", "removed", "created_at", "post"], schema=schema)
    op.create_index("post_tags_of_post", "post_tags", ["post"], schema=schema)
    op.create_index("post_tags_top", "post_tags", ["tag", "removed", "likes", "post"], schema=schema)
    op.create_table(
        "posts",
        Column("id", key(36), primary_key=True),
        Column("author", key(40), nullable=False),
        Column("title", line(300), nullable=False),
        Column("body", block(), nullable=False),
        Column("url", line(2000), nullable=False),
        Column("tags", line(1020), nullable=False),
        Column("likes", Integer, nullable=False),
        Column("comments", Integer, nullable=False),
        Column("locked", Boolean, nullable=False),
        Column("version", Integer, nullable=False),
        Column("text_version", Integer, nullable=False),
        Column("created_at", Moment(), nullable=False),
        Column("edited_at", Moment()),
        Column("edited_by", key(40)),
        Column("edit_reason", line(500)),
        Column("removed", Boolean, nullable=False),
        Column("removed_by", key(40)),
        Column("removed_reason", line(500)),
        schema=schema,
    )
    op.create_index("posts_discussed", "posts", ["removed", "comments", "id"], schema=schema)
    op.create_index("posts_new", "posts", ["removed", "created_at", "id"], schema=schema)
    op.create_index("posts_of_author_discussed", "posts", ["author", "removed", "comments", "id"], schema=schema)
    op.create_index("posts_of_author_new", "posts", ["author", "removed", "created_at", "id"], schema=schema)
    op.create_index("posts_of_author_top", "posts", ["author", "removed", "likes", "id"], schema=schema)
    op.create_index("posts_top", "posts", ["removed", "likes", "id"], schema=schema)
    op.create_table(
        "streams",
        Column("stream", key(160), primary_key=True),
        Column("version", Integer, nullable=False),
        schema=schema,
    )
    op.create_table(
        "tag_counts",
        Column("tag", key(50), primary_key=True),
        Column("posts", Integer, nullable=False),
        schema=schema,
    )
    op.create_index("tag_counts_most", "tag_counts", [desc("posts"), "tag"], schema=schema)


def downgrade() -> None:
    raise NotImplementedError("a read model goes forward, or is rebuilt")

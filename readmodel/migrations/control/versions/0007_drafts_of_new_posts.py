"""A draft of a new post has a place of its own: before, there was one an account."""

from alembic import op
from sqlalchemy import String, column, literal, table, update

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ONE = "/posts/new"
_DRAFTS = table("drafts", column("id", String), column("place", String))


def upgrade() -> None:
    op.execute(update(_DRAFTS).where(_DRAFTS.c.place == _ONE).values(place=literal(f"{_ONE}/") + _DRAFTS.c.id))


def downgrade() -> None:
    raise NotImplementedError("the control tables only go forward")

"""A draft of a new post has a place of its own: before, there was one an account."""

from alembic import op
from sqlalchemy import literal, update

from operational.tables import drafts

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ONE = "/posts/new"


def upgrade() -> None:
    op.execute(update(drafts).where(drafts.c.place == _ONE).values(place=literal(f"{_ONE}/") + drafts.c.id))


def downgrade() -> None:
    raise NotImplementedError("the control tables only go forward")

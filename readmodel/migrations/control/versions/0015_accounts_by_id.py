"""What is kept of people is kept by the ids of their accounts.

Rows of before say handles, of an event store that this version doesn't open: they are nobody's, and go.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = ("sessions", "thread_visits", "notification_reads", "webhook_targets", "webhook_deliveries", "drafts")
INDEXES = {
    "sessions_of_handle": ("sessions", "sessions_of_account", ["account"]),
    "thread_visits_old": ("thread_visits", "thread_visits_old", ["account", "seen_at"]),
    "webhook_targets_of_handle": ("webhook_targets", "webhook_targets_of_account", ["account"]),
}


def upgrade() -> None:
    for name, (table, _, _) in INDEXES.items():
        op.drop_index(name, table)
    for table in TABLES:
        op.execute(sa.table(table).delete())
        op.alter_column(table, "handle", new_column_name="account")
    for table, name, columns in INDEXES.values():
        op.create_index(name, table, columns)


def downgrade() -> None:
    raise NotImplementedError("the control tables only go forward")

"""What stands beside the generations: which one is live, and who is logged in. Not folded from the log."""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, Table

from .schema import Moment, block, key, line

metadata = MetaData()

generations = Table(
    "generations",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", key(12), nullable=False),
    Column("started_at", Moment(), nullable=False),
    Column("ended_at", Moment()),
    Column("position", BigInteger, nullable=False),
    Column("note", line(500), nullable=False),
)
"""state: building, ready, live, previous, failed, dropped."""

live = Table(
    "live_generation",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
)
"""One row, id 1."""

sessions = Table(
    "sessions",
    metadata,
    Column("token", key(64), primary_key=True),
    Column("handle", key(40), nullable=False),
    Column("opened_at", Moment(), nullable=False),
    Column("expires_at", Moment(), nullable=False),
    Index("sessions_of_handle", "handle"),
    Index("sessions_expired", "expires_at"),
)
"""token is the hex sha256 of what the browser holds."""

repairs = Table(
    "repairs",
    metadata,
    Column("id", key(36), primary_key=True),
    Column("stream", key(160), nullable=False),
    Column("found_at", Moment(), nullable=False),
    Column("what", block(), nullable=False),
    Index("repairs_found", "found_at"),
)
"""What the background verifier found wrong and put right. id is a UUIDv7."""

"""What stands beside the generations: which one is live, who is logged in, what was asked for. Not folded."""

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

token_uses = Table(
    "token_uses",
    metadata,
    Column("token", key(36), primary_key=True),
    Column("used_at", Moment(), nullable=False),
)
"""When a program last came with a token, to the minute."""

rebuild_requests = Table(
    "rebuild_requests",
    metadata,
    Column("id", key(36), primary_key=True),
    Column("asked_by", key(40), nullable=False),
    Column("asked_at", Moment(), nullable=False),
    Column("state", key(12), nullable=False),
    Column("generation", Integer),
    Column("ended_at", Moment()),
    Column("note", line(500), nullable=False),
    Index("rebuild_requests_waiting", "state", "id"),
)
"""state: waiting, running, done, failed. id is a UUIDv7. A projector takes them up."""

thread_visits = Table(
    "thread_visits",
    metadata,
    Column("handle", key(40), primary_key=True),
    Column("post", key(36), primary_key=True),
    Column("seen_at", Moment(), nullable=False),
    Column("before_at", Moment()),
    Index("thread_visits_old", "handle", "seen_at"),
)
"""When somebody was last in a thread, and the time before that. Forgotten after half a year."""

notification_reads = Table(
    "notification_reads",
    metadata,
    Column("handle", key(40), primary_key=True),
    Column("read_at", Moment(), nullable=False),
)
"""Notifications up to here have been read."""

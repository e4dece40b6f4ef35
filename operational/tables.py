"""Operational tables, which no fold writes: sessions, drafts, queues, requests. A rebuild leaves them alone."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, false

from readmodel.engine.schema import Moment, binary, block, control_metadata, key, line

sessions = Table(
    "sessions",
    control_metadata,
    Column("token", key(64), primary_key=True),
    Column("account", key(40), nullable=False),
    Column("opened_at", Moment(), nullable=False),
    Column("expires_at", Moment(), nullable=False),
    Index("sessions_of_account", "account"),
    Index("sessions_expired", "expires_at"),
)
"""token is the hex sha256 of what the browser holds."""

token_uses = Table(
    "token_uses",
    control_metadata,
    Column("token", key(36), primary_key=True),
    Column("used_at", Moment(), nullable=False),
)
"""When a program last came with a token, to the minute."""

rebuild_requests = Table(
    "rebuild_requests",
    control_metadata,
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
    control_metadata,
    Column("account", key(40), primary_key=True),
    Column("post", key(36), primary_key=True),
    Column("seen_at", Moment(), nullable=False),
    Column("before_at", Moment()),
    Index("thread_visits_old", "account", "seen_at"),
)
"""When somebody was last in a thread, and the time before that."""

notification_reads = Table(
    "notification_reads",
    control_metadata,
    Column("account", key(40), primary_key=True),
    Column("read_at", Moment(), nullable=False),
)
"""Notifications up to here have been read."""

webhook_cursor = Table(
    "webhook_cursor",
    control_metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("since", Moment(), nullable=False),
    Column("store", key(36)),
    Column("chain", key(64)),
)
"""One row, id 1: everything up to the position has its deliveries. What happened before since has none.

store: the event store's id; chain: at that position of it. None where an older version has written them.
"""

webhook_targets = Table(
    "webhook_targets",
    control_metadata,
    Column("webhook", key(36), primary_key=True),
    Column("account", key(40), nullable=False),
    Column("kinds", line(1000), nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("suspended", Boolean, nullable=False),
    Column("suspended_until", Moment()),
    Column("gone", Boolean, nullable=False, server_default=false()),
    Index("webhook_targets_of_account", "account"),
)
"""Whom there is to tell at the cursor's position. suspended: its owner is, up to suspended_until where that isn't None;
gone: they leave, or have left."""

webhook_deliveries = Table(
    "webhook_deliveries",
    control_metadata,
    Column("id", key(36), primary_key=True),
    Column("webhook", key(36), nullable=False),
    Column("account", key(40), nullable=False),
    Column("commit_id", key(36), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("type", key(40), nullable=False),
    Column("made_at", Moment(), nullable=False),
    Column("state", key(12), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Moment(), nullable=False),
    Column("tried_at", Moment()),
    Column("status", Integer),
    Column("answer", line(500), nullable=False),
    Index("webhook_deliveries_due", "state", "due_at", "webhook"),
    Index("webhook_deliveries_newest", "webhook", "made_at", "id"),
    Index("webhook_deliveries_standing", "webhook", "state", "made_at", "id"),
)
"""One event for one webhook; its words stay in the store. id is a UUIDv7. state: waiting, delivered, dead.

due_at is when it is tried next, which whoever tries it moves on first; once it has ended, when that was. position 0: a
test. status and answer: what came of the last try.
"""

heads = Table(
    "heads",
    control_metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("chain", key(64), nullable=False),
    Column("at", Moment(), nullable=False),
)
"""One row, id 1: the highest position of the event store that was ever seen, its chain, and when it was seen."""

erasure_ledger = Table(
    "erasure_ledger",
    control_metadata,
    Column("commit_id", key(36), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
)
"""Every event whose text was erased, by the commit that brought it and its version in its stream: for backups, which
are older than erasures that come after them."""

backup_runs = Table(
    "backup_runs",
    control_metadata,
    Column("kind", key(12), primary_key=True),
    Column("at", Moment(), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("milliseconds", BigInteger, nullable=False),
)
"""The last success of each kind (backup, rehearsal): when it ended, which position it reached, how long it took."""

drafts = Table(
    "drafts",
    control_metadata,
    Column("account", key(40), primary_key=True),
    Column("place", key(64), primary_key=True),
    Column("id", key(36), nullable=False),
    Column("version", Integer, nullable=False),
    Column("saved_at", Moment(), nullable=False),
    Column("words", block(), nullable=False),
)
"""What somebody has begun to write, by the address that its form is sent to. id is a UUIDv7; words: JSON."""

first_answers = Table(
    "kept_answers",
    control_metadata,
    Column("id", key(64), primary_key=True),
    Column("said", line(300), nullable=False),
    Column("answer", block(), nullable=False),
    Column("at", Moment(), nullable=False),
    Index("kept_answers_old", "at"),
)
"""First answers by idempotency key, where no commit can give them again. id is a hash, said what came with it, answer
JSON."""

takeouts = Table(
    "takeouts",
    control_metadata,
    Column("account", key(40), primary_key=True),
    Column("id", key(36), nullable=False),
    Column("requested_at", Moment(), nullable=False),
    Column("state", key(12), nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("cursor", block(), nullable=False),
    Column("leased_until", Moment(), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("ended_at", Moment()),
    Column("problem", key(12), nullable=False),
    Column("language", key(16), nullable=False),
    Index("takeouts_due", "state", "leased_until"),
)
"""A person's one takeout. id is a UUIDv7, another one for each that is made. state: waiting, running, done, failed.

cursor: where making it goes on, JSON, "" at the beginning. leased_until: until then it is the maker's who set that.
failures: attempts in vain since the last step. problem: why it failed, "space" or "error", else "". language: of its
pages.
"""

takeout_files = Table(
    "takeout_files",
    control_metadata,
    Column("takeout", key(36), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", key(64), nullable=False),
    Column("crc", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("packed", BigInteger, nullable=False),
    Column("pieces", Integer, nullable=False),
)
"""The files in a takeout's ZIP, in the order of their numbers. packed: their compressed size; pieces: how many rows
of takeout_pieces hold them."""

takeout_pieces = Table(
    "takeout_pieces",
    control_metadata,
    Column("takeout", key(36), primary_key=True),
    Column("file", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("data", binary(), nullable=False),
)
"""Raw deflate: the pieces of a file joined in the order of their numbers are its compressed bytes."""

departures = Table(
    "departures",
    control_metadata,
    Column("account", key(36), primary_key=True),
    Column("id", key(36), nullable=False, unique=True),
    Column("until", Moment(), nullable=False),
    Column("state", key(12), nullable=False),
    Column("choice", block(), nullable=False),
    Column("cursor", block(), nullable=False),
    Column("counts", block(), nullable=False),
    Column("commits", Integer, nullable=False),
    Column("leased_until", Moment(), nullable=False),
    Column("ended_at", Moment()),
)
"""Whoever leaves or has left. id: a random UUID, by which the receipt is found. state: waiting, erasing, done.

choice: what they chose, as the events say it, for a store that was restored without them; cursor: where erasing goes
on; counts: what it has erased: all JSON, "" where it isn't known yet. commits: how many rows of departure_commits.
"""

departure_commits = Table(
    "departure_commits",
    control_metadata,
    Column("departure", key(36), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("commit_id", key(36), nullable=False),
)
"""The commits by which something of whoever left was erased, in their order."""

"""The tables of the generations: their states and leases, the pointer to the live one, repairs, what is scrubbed."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from readmodel.engine.schema import Moment, block, control_metadata, key, line

generations = Table(
    "generations",
    control_metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", key(12), nullable=False),
    Column("started_at", Moment(), nullable=False),
    Column("ended_at", Moment()),
    Column("position", BigInteger, nullable=False),
    Column("note", line(500), nullable=False),
    Column("holder", key(36)),
    Column("beat", BigInteger),
    Column("models", key(64)),
)
"""state: building, ready, live, previous, superseded, failed, gone, dropping, dropped.

holder and beat: who has a lease on it, and a count that the holder raises for as long as it lives (see leases).
models: the fingerprint of the read models that it was filled for; None before there were any (see catalogue).
"""

live = Table(
    "live_generation",
    control_metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("next", Integer),
)
"""One row, id 1. next: a switch to that generation is about to be made, so nobody may go by what they saw before."""

repairs = Table(
    "repairs",
    control_metadata,
    Column("id", key(36), primary_key=True),
    Column("stream", key(160), nullable=False),
    Column("found_at", Moment(), nullable=False),
    Column("what", block(), nullable=False),
    Index("repairs_found", "found_at"),
)
"""What the background verifier found wrong and put right. id is a UUIDv7."""

scrubbed = Table(
    "scrubbed",
    control_metadata,
    Column("place", key(40), primary_key=True),
    Column("position", BigInteger, nullable=False),
)
"""Up to which position of the store a place holds nothing any more of what was erased. See scrubbing."""

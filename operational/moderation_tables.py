"""Tables of moderation.follower, which no fold writes."""

from sqlalchemy import BigInteger, Column, Integer, Table

from readmodel.engine.schema import Moment, control_metadata, key, line

moderation_cursor = Table(
    "moderation_cursor",
    control_metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("store", key(36)),
    Column("chain", key(64)),
)
"""One row, id 1: moderation.follower has taken in everything up to the position. store, chain: as of webhook_cursor."""

moderation_set_aside = Table(
    "moderation_set_aside",
    control_metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("target", key(100), nullable=False),
    Column("since", Moment(), nullable=False),
    Column("why", line(500), nullable=False),
)
"""Commits that moderation.follower couldn't carry out, since something can't be read, and tries again. target: what
they are about, of which nothing later is carried out before them."""

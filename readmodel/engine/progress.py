"""How far a generation has got: each stream's version, each partition's offset and owner, what is parked.

These rows commit together with the rows of the read models, so that neither is ever ahead.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Integer, Table, bindparam, func, select, update

from readmodel.engine import gate

from . import bulk
from .schema import Moment, block, key, metadata

MAX_STREAM_CHARS = 160
FILLED_FROM_STORE = -1
"""The partition under which a generation notes how far it was filled from the store itself."""

streams = Table(
    "streams",
    metadata,
    Column("stream", key(MAX_STREAM_CHARS), primary_key=True),
    Column("version", Integer, nullable=False),
)
checkpoints = Table(
    "checkpoints",
    metadata,
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("next_offset", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("chain", key(64)),
)
"""chain: at that position of the store; None where it isn't known. See belonging."""

origin = Table(
    "origin",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("store", key(36), nullable=False),
)
"""One row, id 1: the id of the event store that the generation is folded from."""

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("stream", key(MAX_STREAM_CHARS), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("commit_id", key(36), nullable=False),
    Column("error", block(), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("parked_at", Moment(), nullable=False),
)


class Fenced(Exception):
    """Another projector has taken this partition over; whatever was in hand must not be committed."""


class Shut(Fenced):
    """Another generation is taking this one's place: nothing is committed here until that is done or given up."""


class Claim(msgspec.Struct, frozen=True):
    """A partition as owned: the epoch that must still hold at commit, and the next offset to apply.

    position: every commit of the partition up to it is applied, or parked. chain: the store's there, None where it
    isn't known.
    """

    partition: int
    epoch: int
    next_offset: int
    position: int
    chain: str | None = None


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A stream that waits for a repair, and the first event of it that couldn't be folded."""

    stream: str
    version: int
    commit_id: str
    error: str
    attempts: int
    parked_at: str


def claim(connection: Connection, partition: int, start: int, token: str | None = None) -> Claim:
    """Takes a partition: raises its epoch, so that whoever had it before can't commit any more.

    start is the offset where a generation that never saw this partition begins. Raises Shut where the gate is shut,
    unless it is by this token.
    """
    if not gate.passed(connection, token):
        raise Shut("the generation is about to be replaced")
    here = checkpoints.c.partition == partition
    if connection.execute(update(checkpoints).where(here).values(epoch=checkpoints.c.epoch + 1)).rowcount == 0:
        connection.execute(checkpoints.insert().values(partition=partition, next_offset=start, position=0, epoch=1))
    row = connection.execute(select(checkpoints).where(here)).one()
    return Claim(partition, row.epoch, row.next_offset, row.position, row.chain)


def shut(connection: Connection, token: str) -> None:
    """Takes all partitions away from whoever has them, and lets nobody take one until it is opened again."""
    gate.shut(connection, token)
    connection.execute(update(checkpoints).values(epoch=checkpoints.c.epoch + 1))


def advance(connection: Connection, held: Claim, next_offset: int, position: int, chain: str | None = None) -> Claim:
    """Saves the offset under the epoch; raises Fenced where the partition or the offset isn't ours any more.

    chain: at the position, where that is another one than before. Comes first in a transaction: it takes the row's
    lock, so that two owners can't interleave.
    """
    mine = {"mine": held.partition, "owned": held.epoch, "reached": held.next_offset}
    chain = held.chain if position == held.position else chain or None
    if connection.execute(_ADVANCE, {**mine, "to": next_offset, "at": position, "link": chain}).rowcount != 1:
        raise Fenced(f"partition {held.partition} has another owner than epoch {held.epoch}")
    return Claim(held.partition, held.epoch, next_offset, position, chain)


def lock_partitions(connection: Connection) -> None:
    """Nothing is folded into this generation by anybody else until the transaction ends. Comes first in it.

    Whoever folds begins with the row of a partition (advance), so all of those rows are locked, in their order.
    """
    connection.execute(update(checkpoints).values(epoch=checkpoints.c.epoch))


_MINE = (checkpoints.c.partition == bindparam("mine")) & (checkpoints.c.epoch == bindparam("owned"))
_ADVANCE = (
    update(checkpoints)
    .where(_MINE, checkpoints.c.next_offset == bindparam("reached"))
    .values(next_offset=bindparam("to"), position=bindparam("at"), chain=bindparam("link"))
)


def reload_claim(connection: Connection, claim: Claim) -> Claim:
    """The claim with the offset as saved, which settles whether a commit of unknown outcome took place.

    Raises Fenced where the epoch has moved on.
    """
    found = connection.execute(_HELD, {"mine": claim.partition, "owned": claim.epoch}).one_or_none()
    if found is None:
        raise Fenced(f"partition {claim.partition} has another owner than epoch {claim.epoch}")
    return Claim(claim.partition, claim.epoch, found.next_offset, found.position, found.chain)


_HELD = select(checkpoints.c.next_offset, checkpoints.c.position, checkpoints.c.chain).where(_MINE)


def offsets(connection: Connection) -> dict[int, tuple[int, int]]:
    """Partition → (next offset, position) of all partitions."""
    return {row.partition: (row.next_offset, row.position) for row in connection.execute(_OFFSETS)}


_OFFSETS = select(checkpoints.c.partition, checkpoints.c.next_offset, checkpoints.c.position)


def shown_position(offsets: Mapping[int, tuple[int, int]]) -> int:
    """Every commit up to this position is shown: all partitions are past it, or it was filled in from the store."""
    behind = min(
        (position for partition, (_, position) in offsets.items() if partition != FILLED_FROM_STORE), default=0
    )
    return max(behind, offsets.get(FILLED_FROM_STORE, (0, 0))[1])


def set_offsets(connection: Connection, starts: Mapping[int, int], position: int, chain: str | None) -> None:
    """Sets the offsets from which a projector that takes a partition later goes on: all up to position is applied."""
    for partition, next_offset in sorted(starts.items()):
        row = {"next_offset": next_offset, "position": position, "chain": chain}
        if connection.execute(update(checkpoints).where(checkpoints.c.partition == partition).values(row)).rowcount:
            continue
        connection.execute(checkpoints.insert().values(row | {"partition": partition, "epoch": 0}))


def change_counter(connection: Connection) -> int:
    """A number that rises with every batch applied to any partition; 0 for a new generation."""
    return connection.execute(_MARK).scalar_one() or 0


_MARK = select(func.sum(checkpoints.c.next_offset))


def position(connection: Connection) -> int:
    """The highest position applied; 0 for a new generation. With one partition all before it are applied too."""
    return connection.execute(select(func.max(checkpoints.c.position))).scalar_one() or 0


def version(connection: Connection, stream: str) -> int:
    """The version that the read models show of one stream; 0 where they show nothing of it."""
    return connection.execute(_ONE_VERSION, {"stream": stream}).scalar_one_or_none() or 0


_ONE_VERSION = select(streams.c.version).where(streams.c.stream == bindparam("stream"))


def versions(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """The versions of many streams; those not seen yet are left out."""
    return dict(bulk.select_in(connection, _VERSIONS, list(names)))


_VERSIONS = select(streams.c.stream, streams.c.version).where(streams.c.stream.in_(bindparam("values", expanding=True)))


def save_versions(connection: Connection, before: Mapping[str, int], after: Mapping[str, int]) -> None:
    """Writes the versions that changed. A new stream's row is inserted, so that its unique key stops a second one."""
    new = [{"stream": name, "version": after[name]} for name in sorted(after) if name not in before]
    moved = [
        {"name": name, "to": after[name]} for name in sorted(after) if name in before and before[name] != after[name]
    ]
    bulk.run(connection, _NEW, new)
    bulk.run(connection, _MOVED, moved)


_NEW = streams.insert()
_MOVED = update(streams).where(streams.c.stream == bindparam("name")).values(version=bindparam("to"))


def parked(connection: Connection) -> list[DeadLetter]:
    """Every stream that is parked, by name."""
    rows = connection.execute(select(dead_letters).order_by(dead_letters.c.stream)).mappings()
    return [DeadLetter(**row) for row in rows]


def parked_streams(connection: Connection) -> frozenset[str]:
    return frozenset(connection.execute(_PARKED).scalars())


_PARKED = select(dead_letters.c.stream)


def park(connection: Connection, letters: Sequence[DeadLetter]) -> None:
    """Parks streams, or counts one more attempt for those that are parked."""
    for letter in letters:
        where = dead_letters.c.stream == letter.stream
        again = (
            update(dead_letters)
            .where(where)
            .values(attempts=dead_letters.c.attempts + letter.attempts, error=letter.error, version=letter.version)
        )
        if connection.execute(again).rowcount == 0:
            connection.execute(dead_letters.insert().values(msgspec.structs.asdict(letter)))


def unpark(connection: Connection, stream: str) -> None:
    connection.execute(dead_letters.delete().where(dead_letters.c.stream == stream))

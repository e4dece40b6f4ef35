"""The files of takeouts, in pieces: rows of a database, since who makes them and who serves them may share no disk."""

import time
from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection, Engine, bindparam, delete, select, update

from readmodel.engine.connections import Control, changing, looking

from .tables import takeout_files, takeout_pieces, takeouts

MAX_PIECE_BYTES = 256 << 10
"""Of one row, so that no statement and no answer holds much."""
PIECES_DROPPED_AT_ONCE = 20
"""Of one transaction: SQLite overwrites what is deleted, and has one writer at a time."""
PAUSE_S = 0.005
"""Between two of them, so that those who wait have their turn."""

_FILES = select(takeout_files).where(takeout_files.c.takeout == bindparam("of")).order_by(takeout_files.c.number)
_PIECE = select(takeout_pieces.c.data).where(
    takeout_pieces.c.takeout == bindparam("of"),
    takeout_pieces.c.file == bindparam("in_file"),
    takeout_pieces.c.number == bindparam("at"),
)
_GROW = (
    update(takeout_files)
    .where(takeout_files.c.takeout == bindparam("of"), takeout_files.c.number == bindparam("in_file"))
    .values({name: bindparam(f"new_{name}") for name in ("crc", "size", "packed", "pieces")})
)

_ORPHANS = select(takeout_files.c.takeout).where(takeout_files.c.takeout.not_in(select(takeouts.c.id))).distinct()
_DROP = delete(takeout_pieces).where(
    takeout_pieces.c.takeout == bindparam("of"),
    takeout_pieces.c.file == bindparam("in_file"),
    takeout_pieces.c.number == bindparam("at"),
)


class MissingPiece(LookupError):
    """The takeout was deleted while it was read."""


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """crc and size of what it says, packed: its compressed bytes, in so many pieces."""

    number: int
    name: str
    crc: int = 0
    size: int = 0
    packed: int = 0
    pieces: int = 0


def files_of(control: Control, takeout: str) -> dict[str, StoredFile]:
    """Name → file, in their order."""
    with looking(control) as connection:
        rows = connection.execute(_FILES, {"of": takeout}).mappings()
        return {row["name"]: StoredFile(**{name: row[name] for name in StoredFile.__struct_fields__}) for row in rows}


def add(connection: Connection, takeout: str, was: StoredFile | None, file: StoredFile, data: bytes) -> StoredFile:
    """Appends compressed data to a file, in the caller's transaction. was: as it is stored, None for a new one.

    file: as it is afterwards, but for its pieces.
    """
    number = was.pieces if was else 0
    for at in range(0, len(data), MAX_PIECE_BYTES):
        piece = {"takeout": takeout, "file": file.number, "number": number, "data": data[at : at + MAX_PIECE_BYTES]}
        connection.execute(takeout_pieces.insert().values(piece))
        number += 1
    grown = msgspec.structs.replace(file, pieces=number)
    if was is None:
        connection.execute(takeout_files.insert().values(takeout=takeout, **msgspec.structs.asdict(grown)))
    else:
        new = {f"new_{name}": getattr(grown, name) for name in ("crc", "size", "packed", "pieces")}
        connection.execute(_GROW, {"of": takeout, "in_file": grown.number, **new})
    return grown


def pieces_of(engine: Engine, takeout: str, file: StoredFile) -> Iterator[bytes]:
    """A file's compressed bytes, by a connection a piece: a slow reader holds none. Raises MissingPiece."""
    for number in range(file.pieces):
        with looking(engine) as connection:
            bound = {"of": takeout, "in_file": file.number, "at": number}
            data = connection.execute(_PIECE, bound).scalar_one_or_none()
        if data is None:
            raise MissingPiece(f"takeout {takeout} file {file.number} piece {number}")
        yield data


def drop_orphans(control: Engine) -> None:
    """Deletes the pieces of every takeout that isn't there any more, a few at a time: others write meanwhile."""
    with looking(control) as connection:
        orphans = connection.execute(_ORPHANS).scalars().all()
    for takeout in orphans:
        pieces = [(file.number, at) for file in files_of(control, takeout).values() for at in range(file.pieces)]
        for at in range(0, len(pieces), PIECES_DROPPED_AT_ONCE):
            with changing(control) as connection:
                for number, piece in pieces[at : at + PIECES_DROPPED_AT_ONCE]:
                    connection.execute(_DROP, {"of": takeout, "in_file": number, "at": piece})
            time.sleep(PAUSE_S)
        with changing(control) as connection:
            connection.execute(delete(takeout_files).where(takeout_files.c.takeout == takeout))

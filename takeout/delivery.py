"""A whole takeout on its way to its owner: the ZIP out of its pieces, of a length that is known before."""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Engine

from operational import takeout_pieces
from operational.takeout_pieces import StoredFile
from operational.takeouts import Takeout

from . import archive
from .archive import ArchivedFile


class Delivery:
    """Of a takeout that is done. handle: its owner's, for the file's name."""

    def __init__(self, control: Engine, takeout: Takeout, handle: str) -> None:
        if takeout.state != "done":
            raise ValueError(f"takeout {takeout.id} isn't whole")
        self._control = control
        self._takeout = takeout
        self._made = datetime.fromisoformat(takeout.requested_at).astimezone(UTC)
        self._stored = list(takeout_pieces.files_of(control, takeout.id).values())
        self._files = [_archived(file) for file in self._stored]
        self.length = archive.length(self._files, self._made)
        self.name = f"verbatim-{handle}-{self._made:%Y-%m-%d}.zip"

    def chunks(self) -> Iterator[bytes]:
        """The archive from its beginning. Raises MissingPiece where it is deleted meanwhile: better half an answer that
        shows as one, by its length, than a file that looks whole."""
        for file, stored in zip(self._files, self._stored, strict=True):
            yield archive.local_header(file, self._made)
            yield from takeout_pieces.pieces_of(self._control, self._takeout.id, stored)
        yield archive.directory(self._files, self._made)


def _archived(file: StoredFile) -> ArchivedFile:
    return ArchivedFile(name=file.name, crc=file.crc, size=file.size, packed=file.packed)

"""Archives are what zipfile reads, whatever pieces they are made of."""

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from takeout import archive
from takeout.archive import LAST_PIECE, ArchivedFile, compressed

MADE = datetime(2026, 11, 30, 12, 34, 56, tzinfo=UTC)


def packed(pieces: list[bytes], name: str = "a.txt") -> tuple[ArchivedFile, bytes]:
    file, stored = ArchivedFile(name=name), b""
    for data in pieces:
        piece = compressed(data)
        file, stored = file.plus(data, piece), stored + piece
    return file.plus(b"", LAST_PIECE), stored + LAST_PIECE


def whole(*files: tuple[ArchivedFile, bytes]) -> bytes:
    body = b"".join(archive.local_header(file, MADE) + stored for file, stored in files)
    return body + archive.directory([file for file, _ in files], MADE)


@pytest.mark.parametrize("pieces", [[], [b""], [b"one"], [b"one ", b"two ", b"", b"three" * 100_000]])
def test_joined_pieces_are_one_file(pieces: list[bytes]) -> None:
    made = whole(packed([b"first"], "first.txt"), packed(pieces))
    with zipfile.ZipFile(io.BytesIO(made)) as read:
        assert read.testzip() is None
        assert read.namelist() == ["first.txt", "a.txt"]
        assert read.read("a.txt") == b"".join(pieces)
        assert read.getinfo("a.txt").date_time == (2026, 11, 30, 12, 34, 56)


def test_the_length_is_known_before_it_is_made() -> None:
    files = [packed([b"x" * 1000], "x"), packed([b"y"], "y")]
    assert archive.length([file for file, _ in files], MADE) == len(whole(*files))


def test_files_beyond_4_gib_are_found(tmp_path: Path) -> None:
    """As a sparse file: the first is of a size that its pieces don't have, and isn't read."""
    huge = ArchivedFile(name="huge", crc=1, size=5 << 30, packed=(4 << 30) + 123)
    small, stored = packed([b"after it"], "small")
    path = tmp_path / "sparse.zip"
    with path.open("wb") as out:
        out.write(archive.local_header(huge, MADE))
        out.seek(huge.packed, io.SEEK_CUR)
        out.write(archive.local_header(small, MADE) + stored)
        out.write(archive.directory([huge, small], MADE))
    assert path.stat().st_size == archive.length([huge, small], MADE)
    with zipfile.ZipFile(path) as read:
        assert read.getinfo("huge").file_size == huge.size
        assert read.getinfo("huge").compress_size == huge.packed
        assert read.read("small") == b"after it"

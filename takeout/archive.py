"""The ZIP format (PKWARE's APPNOTE.TXT 6.3.10) for archives whose files grow piece by piece, in any order.

Each piece of a file is compressed by itself and ends at a byte, so pieces can be stored and joined.
Headers are made when the archive is sent, from names, sizes and checksums alone; ZIP64 beyond 4 GiB.
"""

import struct
import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

LAST_PIECE = b"\x03\x00"
"""An empty last block of deflate (RFC 1951, 3.2.6): ends what full flushes have left open."""
_LIMIT = 0xFFFFFFFF
_UTF8_NAMES, _DEFLATED, _UNIX = 0x0800, 8, 3 << 8
_PLAIN_VERSION, _ZIP64_VERSION = 20, 45
_MODE = 0o100600 << 16
_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_END = struct.Struct("<IHHHHIIH")
_END64 = struct.Struct("<IQHHIIQQQQ")
_LOCATOR = struct.Struct("<IIQI")


class ArchivedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an archive. name: ASCII; crc: CRC-32 of its bytes, size: how many; packed: how many compressed."""

    name: str
    crc: int = 0
    size: int = 0
    packed: int = 0

    def plus(self, data: bytes, piece: bytes) -> "ArchivedFile":
        """The file with more data at its end, which this piece holds compressed."""
        return msgspec.structs.replace(
            self,
            crc=zlib.crc32(data, self.crc),
            size=self.size + len(data),
            packed=self.packed + len(piece),
        )


def compressed(data: bytes) -> bytes:
    """A piece: raw deflate that ends at a byte, and to which any other piece can be joined."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)


def local_header(file: ArchivedFile, made: datetime) -> bytes:
    """What stands before a file's pieces."""
    large = max(file.size, file.packed) >= _LIMIT
    extra = struct.pack("<HHQQ", 1, 16, file.size, file.packed) if large else b""
    size, packed = (_LIMIT, _LIMIT) if large else (file.size, file.packed)
    name = file.name.encode("ascii")
    version = _ZIP64_VERSION if large else _PLAIN_VERSION
    return (
        _LOCAL.pack(
            0x04034B50, version, _UTF8_NAMES, _DEFLATED, *_dos(made), file.crc, packed, size, len(name), len(extra)
        )
        + name
        + extra
    )


def directory(files: Sequence[ArchivedFile], made: datetime) -> bytes:
    """What stands at the end of an archive: where each of its files is."""
    entries, offset = [], 0
    for file in files:
        entries.append(_central_header(file, offset, made))
        offset += len(local_header(file, made)) + file.packed
    central = b"".join(entries)
    count = len(files)
    ending = b""
    if offset >= _LIMIT:
        ending = _END64.pack(
            0x06064B50, 44, _UNIX | _ZIP64_VERSION, _ZIP64_VERSION, 0, 0, count, count, len(central), offset
        ) + _LOCATOR.pack(0x07064B50, 0, offset + len(central), 1)
    return central + ending + _END.pack(0x06054B50, 0, 0, count, count, len(central), min(offset, _LIMIT), 0)


def length(files: Iterable[ArchivedFile], made: datetime) -> int:
    """The bytes of the whole archive."""
    found = list(files)
    return sum(len(local_header(file, made)) + file.packed for file in found) + len(directory(found, made))


def _central_header(file: ArchivedFile, offset: int, made: datetime) -> bytes:
    large = [value for value in (file.size, file.packed, offset) if value >= _LIMIT]
    extra = struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large) if large else b""
    name = file.name.encode("ascii")
    version = _ZIP64_VERSION if large else _PLAIN_VERSION
    fields = (
        0x02014B50, _UNIX | version, version, _UTF8_NAMES, _DEFLATED, *_dos(made), file.crc,
        min(file.packed, _LIMIT), min(file.size, _LIMIT), len(name), len(extra), 0, 0, 0, _MODE, min(offset, _LIMIT),
    )  # fmt: skip
    return _CENTRAL.pack(*fields) + name + extra


def _dos(made: datetime) -> tuple[int, int]:
    """Time and date as MS-DOS has them: from 1980 on, to two seconds."""
    return (
        made.hour << 11 | made.minute << 5 | made.second // 2,
        max(0, made.year - 1980) << 9 | made.month << 5 | made.day,
    )

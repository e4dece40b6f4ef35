"""A file to import, gzipped or not, read line by line in bounded memory, whatever is wrong with it."""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from itertools import chain as chained
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from domain.errors import Refused

from . import encodings

_CHUNK = 1 << 18
MAX_LINE_BYTES = 8 << 20
"""A longer line is cut there; the rest of it can't be a sound row or commit."""


class Unreadable(Refused):
    """The file as a whole can't be imported. The sentence says what to do."""


class Source:
    """An open file to import. encoding: what it is in, "" to detect it.

    After reading, error: why it ended early, "" where it didn't; encoding: what it is in, "" where nothing tells it and
    the lines are as the file has them.
    """

    def __init__(self, path: Path, encoding: str = "") -> None:
        self.path = path
        self.error = ""
        self.encoding = encoding
        try:
            self._raw = path.open("rb")
        except OSError as error:
            raise Unreadable(f"{path} can't be read: {error.strerror}.") from error
        self._size = max(1, path.stat().st_size)
        zipped = self._raw.peek(2)[:2] == b"\x1f\x8b"
        self._file = cast(BinaryIO, gzip.GzipFile(fileobj=self._raw)) if zipped else self._raw

    def share(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return min(1.0, self._raw.tell() / self._size)

    def lines(self) -> Iterator[bytes]:
        """Each physical line in UTF-8, with its end; the last one may have none. A byte order mark is left out."""
        rest = b""
        for chunk in self._text():
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                yield line + b"\n"
            rest = rest[:MAX_LINE_BYTES]
        if rest:
            yield rest

    def _text(self) -> Iterator[bytes]:
        chunks = self._chunks()
        begin = b""
        while len(begin) < _CHUNK and (chunk := next(chunks, b"")):
            begin += chunk
        # Up to a line's end, where no character is cut in two.
        whole_lines = begin if len(begin) < _CHUNK else begin.rpartition(b"\n")[0] or begin
        self.encoding = self.encoding or encodings.detected(whole_lines)
        found: Iterator[bytes] = chained((begin,), chunks)
        if self.encoding not in ("utf-8", ""):
            found = encodings.as_utf8(found, self.encoding)
        begin = next(found, b"")
        return encodings.with_newlines(chained((begin.removeprefix(codecs.BOM_UTF8),), found), begin)

    def _chunks(self) -> Iterator[bytes]:
        try:
            while chunk := self._file.read1(_CHUNK):  # type: ignore[attr-defined]
                yield chunk
        except EOFError:
            self.error = "The file is cut off: its compressed data ends too early. What came before was read."
        except (OSError, zlib.error) as error:
            self.error = f"The file is damaged: {error}. What came before was read."

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._raw.close()

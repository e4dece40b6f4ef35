"""A CSV parser that recovers: rows with the physical line each starts on; a broken one doesn't break those after it."""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence

import msgspec

from .source import Source, Unreadable

_START = re.compile(r'"?[^",\n]*"?,"?[^",\n]*"?,"?\d{4}-\d\d-\d\d[T ]')
"""What the first line of a row looks like: an id, an author, a date."""
_ESCAPED = re.compile("[\udc80-\udcff]")


class Row(msgspec.Struct, frozen=True, gc=False):
    """A parsed row. line: the number of its first line; lines: the row as the file has it."""

    line: int
    fields: Sequence[str]
    lines: Sequence[str]

    @property
    def text(self) -> str:
        return "".join(self.lines).rstrip("\r\n")


class BrokenRow(msgspec.Struct, frozen=True, gc=False):
    """A row that can't be parsed, and why. In text, bytes that are no UTF-8 are lone surrogates."""

    line: int
    cause: str
    text: str


class Rows:
    """Iterates once over the rows of a source whose first line is the header."""

    def __init__(self, source: Source, header: Sequence[str]) -> None:
        self._source = source
        self._header = list(header)
        self._lines = map(self._decoded, source.lines())
        self._back: deque[str] = deque()
        self._taken: list[str] = []
        self._odd = False
        self._next_line = 1

    def __iter__(self) -> Iterator[Row | BrokenRow]:
        self._check_header()
        reader = self._reader()
        while True:
            self._taken = []
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._broken(_cause(error))
                reader = self._reader()
                continue
            if not fields:
                self._next_line += len(self._taken)
            elif len(fields) != len(self._header):
                yield self._broken(f"{len(fields)} columns where there should be {len(self._header)}")
            elif self._odd and (cause := _unfit("".join(fields))):
                yield self._broken(cause)
            else:
                yield Row(self._next_line, fields, self._taken)
                self._next_line += len(self._taken)

    def _check_header(self) -> None:
        found = next(self._reader(), [])
        if [name.strip().lower() for name in found] != self._header:
            raise Unreadable(
                f"{self._source.path} is no file of posts: its first line should be {','.join(self._header)}. "
                "An export (JSON Lines) starts with a { instead."
            )
        self._next_line = len(self._taken) + 1

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self._feed(), strict=True)

    def _feed(self) -> Iterator[str]:
        while True:
            line = self._back.popleft() if self._back else next(self._lines, None)
            if line is None:
                return
            self._taken.append(line)
            yield line

    def _decoded(self, line: bytes) -> str:
        try:
            text = line.decode()
        except UnicodeDecodeError:
            self._odd = True
            return line.decode(errors="surrogateescape")
        self._odd |= "\0" in text
        return text

    def _broken(self, cause: str) -> BrokenRow:
        """The lines up to the next one that looks like a row's start; those after it are read again."""
        count = next((at for at, line in enumerate(self._taken) if at and _START.match(line)), len(self._taken))
        self._back.extendleft(reversed(self._taken[count:]))
        line = self._next_line
        self._next_line += count
        return BrokenRow(line, cause, "".join(self._taken[:count]).rstrip("\r\n"))


def _unfit(row: str) -> str:
    """What is wrong with a row that may have bytes in it which no text has; "" for nothing."""
    if _ESCAPED.search(row):
        return "not valid UTF-8"
    return "a NUL character is in it" if "\0" in row else ""


def _cause(error: csv.Error) -> str:
    said = str(error)
    if "unexpected end of data" in said:
        return "a quoted field is never closed"
    if "field larger than field limit" in said:
        return "a field is longer than 131,072 characters, or a quote is never closed"
    return f"malformed CSV ({said})"

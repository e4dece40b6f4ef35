"""A CSV parser that recovers: rows with the physical line each starts on; a broken one doesn't break those after it."""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence

import msgspec

from .csv_header import Columns, opening
from .source import Source, Unreadable

_ESCAPED = re.compile("[\udc80-\udcff]")


class Row(msgspec.Struct, frozen=True, gc=False):
    """A parsed row. line: the number of its first line; lines: the row as the file has it.

    fields: in the order of the wanted columns, "" for one that the file lacks.
    """

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
    """Iterates once over the rows of a source whose first line names its columns, in any order and by any delimiter."""

    def __init__(self, source: Source, columns: Columns) -> None:
        self._source = source
        self._columns = columns
        self.delimiter = ","
        self._width = 0
        self._places: list[int | None] = []
        self._start = re.compile("")
        self._lines = map(self._decoded, source.lines())
        self._back: deque[str] = deque()
        self._taken: list[str] = []
        self._odd = False
        self._undecoded = False
        self._next_line = 1

    def __iter__(self) -> Iterator[Row | BrokenRow]:
        self._read_header()
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
            if not any(map(str.strip, fields)):
                self._next_line += len(self._taken)
            elif len(fields) != self._width:
                yield self._broken(f"{len(fields)} columns where there should be {self._width}")
            elif self._odd and (cause := self._unfit("".join(fields))):
                yield self._broken(cause)
            else:
                yield Row(self._next_line, self._wanted(fields), self._taken)
                self._next_line += len(self._taken)

    def _wanted(self, fields: Sequence[str]) -> Sequence[str]:
        return ["" if at is None else fields[at] for at in self._places]

    @property
    def read_as(self) -> str:
        """What the file was taken for, as a sentence; "" where it is what most are."""
        said = []
        if self.delimiter != "," or self._source.encoding != "utf-8":
            name = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}.get(self.delimiter, self.delimiter)
            said.append(f"Read as {self._source.encoding.upper()} with {name} between the columns.")
        if self._undecoded:
            said.append(f"Some rows aren't in {self._source.encoding.upper()}; --encoding NAME says what they are in.")
        return " ".join(said)

    def _read_header(self) -> None:
        """Finds the delimiter and the columns by the first line."""
        first = opening(self._lines)
        if not self._source.encoding:
            raise Unreadable(
                f"{self._source.path} is neither UTF-8 nor UTF-16. Say what it is in, for instance "
                "--encoding windows-1252, Shift_JIS or KOI8-R; or save it as UTF-8."
            )
        columns = self._columns
        self.delimiter, header = first.header(self._source, columns)
        self._next_line = first.line + 1
        places = columns.places(header)
        self._width = len(header)
        self._places = [places.get(name) for name in columns.all]
        mark = re.escape(self.delimiter)
        before = rf'(?:"?[^"\n{mark}]*"?{mark}){{{places[columns.date]}}}'
        self._start = re.compile(rf'{before}"?(?:\d{{4}}-\d\d-\d\d|\d\d?\.\d\d?\.\d{{4}})')

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self._feed(), delimiter=self.delimiter, strict=True)

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

    def _unfit(self, row: str) -> str:
        """What is wrong with a row that may have bytes in it which no text has; "" for nothing."""
        if _ESCAPED.search(row):
            self._undecoded = True
            return f"not valid {self._source.encoding.upper()}"
        return "a NUL character is in it" if "\0" in row else ""

    def _broken(self, cause: str) -> BrokenRow:
        """The lines up to the next one that looks like a row's start; those after it are read again."""
        count = next((at for at, line in enumerate(self._taken) if at and self._start.match(line)), len(self._taken))
        self._back.extendleft(reversed(self._taken[count:]))
        line = self._next_line
        self._next_line += count
        return BrokenRow(line, cause, "".join(self._taken[:count]).rstrip("\r\n"))


def _cause(error: csv.Error) -> str:
    said = str(error)
    if "new-line character" in said:
        return "a line end of another kind (CR) is in it"
    if "unexpected end of data" in said:
        return "a quoted field is never closed"
    if "field larger than field limit" in said:
        return "a field is longer than 131,072 characters, or a quote is never closed"
    return f"malformed CSV ({said})"

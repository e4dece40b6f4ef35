"""The first line of a CSV file: which columns there are, in which order, and by which delimiter."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from .source import Source, Unreadable

DELIMITERS = ",;\t|"
_DECLARED = re.compile(r'\s*"?sep=([^\w"\r\n])\1*"?\s*\Z', re.IGNORECASE)


class Columns(msgspec.Struct, frozen=True):
    """What a file of CSV should have: needed columns, optional ones, and other names under which each is known.

    date: the column by whose values a row's start is told when the one before is broken.
    """

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    date: str = "created_at"
    other_names: Mapping[str, str] = {}

    @property
    def all(self) -> tuple[str, ...]:
        return self.needed + self.optional

    def places(self, header: Sequence[str]) -> dict[str, int]:
        """Column → where it stands in the file. Names are read without case, blanks or hyphens."""
        names = [_plain(name) for name in header]
        return {self.other_names.get(name, name): at for at, name in reversed(list(enumerate(names)))}

    def missing(self, header: Sequence[str]) -> list[str]:
        found = self.places(header)
        return [name for name in self.needed if name not in found]


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


class Opening(msgspec.Struct, frozen=True):
    """The line that names the columns. line: its number; delimiter: what a line before it declares, "" for nothing."""

    text: str
    line: int
    delimiter: str = ""

    def headers(self) -> dict[str, list[str]]:
        """Delimiter → the names that are between it, of each that may be meant."""
        return {delimiter: _split(self.text, delimiter) for delimiter in self.delimiter or DELIMITERS}

    def header(self, source: Source, columns: Columns) -> tuple[str, list[str]]:
        """The delimiter, and the names of the columns. Raises Unreadable where one is missing."""
        headers = self.headers()
        delimiter = max(headers, key=lambda one: len(set(columns.all) & set(columns.places(headers[one]))))
        if missing := columns.missing(headers[delimiter]):
            raise Unreadable(_missing_text(source, columns, headers[delimiter], missing))
        return delimiter, headers[delimiter]


def opening(lines: Iterator[str]) -> Opening:
    """Reads up to the first line that isn't blank; a line sep=; that Excel puts before it declares a delimiter."""
    delimiter = ""
    for number, text in enumerate(lines, 1):
        if declared := _DECLARED.match(text):
            delimiter = declared[1]
        elif text.strip():
            return Opening(text, number, delimiter)
    return Opening("", 1, delimiter)


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _missing_text(source: Source, columns: Columns, header: Sequence[str], missing: Sequence[str]) -> str:
    optional = f", and takes {', '.join(columns.optional)}" if columns.optional else ""
    found = ", ".join(name.strip()[:40] for name in header[:20] if name.isprintable()) or "nothing"
    return (
        f"{source.path} is no file of posts or comments that can be taken in: it lacks {', '.join(missing)}. Its first "
        f"line names columns in any order; this needs {', '.join(columns.needed)}{optional}. It has {found}. "
        "An export (JSON Lines) starts with a { instead."
    )

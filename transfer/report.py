"""The report of an import: counts, and the files that list each rejected and each repaired row."""

import csv
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from domain.errors import Unavailable


class ImportReport(msgspec.Struct):
    """The outcome of importing a file, in rows. error: why the import ended early, "" where it didn't.

    without_thread: comments among the rejected whose post, or the comment they answer, isn't here. notes: sentences of
    the format's own. strict: a rejected row makes it fail. read_as: the encoding and delimiter it was read by, as a
    sentence.
    """

    path: Path
    imported: int = 0
    already: int = 0
    repaired: int = 0
    rejected: int = 0
    without_thread: int = 0
    seconds: float = 0.0
    error: str = ""
    stopped: bool = False
    strict: bool = False
    read_as: str = ""
    rejects: Path | None = None
    repairs: Path | None = None
    notes: list[str] = []

    @property
    def rows(self) -> int:
        return self.imported + self.already + self.rejected

    @property
    def failed(self) -> bool:
        return bool(self.error or self.stopped or (self.strict and self.rejected))

    def count(self, *, repeated: bool) -> None:
        if repeated:
            self.already += 1
        else:
            self.imported += 1

    def text(self) -> str:
        rate = self.rows / self.seconds if self.seconds else 0.0
        counts = f"{self.imported:,} imported, {self.already:,} already there, {self.rejected:,} rejected"
        lines = [self.read_as] if self.read_as else []
        lines += [f"{counts} in {self.seconds:,.1f} s ({rate:,.0f} rows/s)."]
        if self.repaired:
            lines.append(f"{self.repaired:,} were repaired; {self.repairs} says which lines, and what.")
        if self.rejected:
            lines.append(f"{self.rejects} has each rejected row with its line and cause.")
        if self.without_thread:
            lines.append(f"{self.without_thread:,} of them are comments in threads that aren't here.")
        lines += self.notes
        if self.error:
            lines.append(self.error)
        if self.error or self.stopped:
            lines.append(
                f"{'Stopped. ' if self.stopped else ''}To go on, import {self.path} again: nothing is doubled."
            )
        return "\n".join(lines)


class Listing:
    """A CSV file that is created with its first row; one that an earlier run left is deleted."""

    def __init__(self, path: Path, header: tuple[str, ...]) -> None:
        self._path = path
        self._header = header
        self.written: Path | None = None

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise Unavailable(f"{self._path} can't be written: {error.strerror}.") from error
        return self

    def write(self, *fields: object) -> None:
        if self.written is None:
            self._file = self._path.open("w", encoding="utf-8", errors="surrogateescape", newline="")
            self._writer = csv.writer(self._file)
            self._writer.writerow(self._header)
            self.written = self._path
        self._writer.writerow(fields)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.written is not None:
            self._file.close()

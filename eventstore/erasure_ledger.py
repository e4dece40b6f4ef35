"""The erasure ledger: which event of which commit was erased, kept outside of store and backups.

A backup is older than the erasures that came after it. The ledger holds no words and no names: ids and numbers only.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec

from domain.commit import Commit
from domain.errors import Refused
from domain.ports import EventStore

from .erasures import announced
from .whole_file import write_whole

_LINE = msgspec.json.Encoder(order="sorted")


class BadLedger(Refused):
    """The file isn't a ledger."""


class Erased(msgspec.Struct, frozen=True, kw_only=True, order=True, forbid_unknown_fields=True):
    """One event whose text is gone: the commit that brought it, and the event's version in its stream."""

    commit: Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,36}$")]
    version: Annotated[int, msgspec.Meta(ge=1, lt=1 << 31)]


def erased_by(commit: Commit, store: EventStore) -> list[Erased]:
    """What a commit erases, by the ids of the commits that brought it. Empty for all but erasures."""
    versions = {version for event in commit.events for version in announced(event)}
    if not versions:
        return []
    return [
        Erased(commit=one.id, version=version)
        for one in store.load(commit.stream)
        for version in range(one.first, one.last + 1)
        if version in versions
    ]


class LedgerFile:
    """A ledger as JSON Lines, one erased event a line, in order. Only ever grows."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> frozenset[Erased]:
        """Empty where there is no file. Raises BadLedger."""
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return frozenset()
        except OSError as error:
            raise BadLedger(f"{self.path} can't be read: {error.strerror}.") from error
        return frozenset(self._decoded(line, number) for number, line in enumerate(lines, 1))

    def _decoded(self, line: bytes, number: int) -> Erased:
        try:
            return msgspec.json.decode(line, type=Erased)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadLedger(
                f"{self.path} line {number} isn't what `bin/verbatim backup` wrote: {error}. Put a copy in its place."
            ) from error

    def exists(self) -> bool:
        return self.path.exists()

    def record(self, erased: Iterable[Erased]) -> None:
        """Adds these. The file is there whole, or as it was. Raises BadLedger, Unavailable."""
        known = self.read()
        both = known | frozenset(erased)
        if both == known and self.exists():
            return
        write_whole(self.path, b"".join(_LINE.encode(one) + b"\n" for one in sorted(both)))

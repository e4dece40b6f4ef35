"""Contributions: the state that posts and comments share, and the rules about their text that are the same for both."""

from collections.abc import Iterable, Mapping

import msgspec

from .errors import StaleEdit
from .versions import Versions

Seen = int | tuple[int, ...] | None
"""The version that an editor saw; several: any of them will do; None: whatever stands now is to be overwritten."""


class Contribution(msgspec.Struct):
    """version 0 means that there is no such thing.

    text_version   the version that brought (or erased) today's text
    text_versions  those that hold a text or a reason which hasn't been erased
    erased_for     the reason of the last erasure, while nothing was written since
    removed_by     who removed it; "" while it stands
    """

    version: int = 0
    author: str = ""
    text_version: int = 0
    text_versions: Versions = Versions()
    erased_for: str | None = ""
    removed_by: str = ""

    @property
    def exists(self) -> bool:
        return self.version > 0

    @property
    def removed(self) -> bool:
        return self.removed_by != ""

    def require_current(self, seen: Seen, current: Mapping[str, str], yours: Mapping[str, str]) -> None:
        """Refuses an edit of a text that changed after the version which its editor saw."""
        if seen is None:
            return
        versions = (seen,) if isinstance(seen, int) else seen
        if not any(self.text_version <= version <= self.version for version in versions):
            raise StaleEdit(version=self.version, current=current, yours=yours)

    def text_changed(self) -> None:
        """This version brings a text."""
        self.text_version = self.version
        self.text_versions = self.text_versions.plus(self.version)
        self.erased_for = ""

    def reason_given(self, reason: str | None) -> None:
        """This version brings a reason and no text. None: one that is erased; "": none."""
        if reason != "":
            self.text_versions = self.text_versions.plus(self.version)
            self.erased_for = ""

    def text_erased(self, erased: Iterable[int], reason: str | None) -> None:
        """This version takes the texts of earlier ones away, and brings its own reason."""
        self.text_version = self.version
        self.text_versions = self.text_versions.without(erased)
        self.reason_given(reason)
        self.erased_for = reason

    def erasable_for(self, reason: str) -> tuple[int, ...]:
        """The versions that an erasure takes; none where the last one had this reason and nothing was written since."""
        return () if reason == self.erased_for else tuple(self.text_versions)

"""Contributions: the state that posts and comments share, and the rules about their text that are the same for both."""

from collections.abc import Iterable, Mapping

from .errors import StaleEdit
from .versions import Erasable

Seen = int | tuple[int, ...] | None
"""The version that an editor saw; several: any of them will do; None: whatever stands now is to be overwritten."""


class Contribution(Erasable):
    """text_version: the version that brought (or erased) today's text. removed_by: "" while it stands."""

    author: str = ""
    text_version: int = 0
    removed_by: str = ""

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
        self.words_came()
        self.text_version = self.version

    def text_erased(self, erased: Iterable[int], reason: str | None, by: str) -> None:
        """This version takes the words of earlier ones away, and brings its own reason."""
        self.words_erased(erased, reason, by)
        self.text_version = self.version

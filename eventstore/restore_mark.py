"""A store that a backup is being restored into isn't served: texts may be in it that were erased since."""

from typing import Protocol

from domain.errors import Damaged


class RestoreMark(Protocol):
    """In the store itself, which knows by it that a restore hasn't ended."""

    def source(self) -> str:
        """What is being restored into it; "" where it is whole."""

    def put(self, source: str) -> None: ...

    def remove(self) -> None: ...


def require_whole(mark: RestoreMark) -> None:
    """Raises Damaged, with what to do, where a restore hasn't ended."""
    if source := mark.source():
        raise Damaged(
            f"The backup {source} is being restored into this event store, and that hasn't ended. Run `bin/verbatim "
            "restore` on the same folder again: it goes on where it was."
        )

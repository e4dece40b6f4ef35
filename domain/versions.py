"""Versions of one stream: a set of them, and the state of what has words at some of them that can be erased."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

RUN_BYTES = 120
"""A pair of numbers, as CPython keeps it."""


class Versions:
    """In rising order; immutable. 1, 2, 3, 7 are two runs, 1–3 and 7–7, so that it stays small however long the stream
    gets."""

    __slots__ = ("_runs",)

    def __init__(self, versions: Iterable[int] = ()) -> None:
        """versions: in rising order."""
        runs: list[tuple[int, int]] = []
        for version in versions:
            begins = runs.pop()[0] if runs and runs[-1][1] == version - 1 else version
            runs.append((begins, version))
        self._runs = tuple(runs)

    def plus(self, version: int) -> "Versions":
        """With one that comes after all others."""
        if self._runs and self._runs[-1][1] == version - 1:
            return _made((*self._runs[:-1], (self._runs[-1][0], version)))
        return _made((*self._runs, (version, version)))

    def without(self, gone: Iterable[int]) -> "Versions":
        lost = frozenset(gone)
        return Versions(version for version in self if version not in lost)

    def index(self, version: int) -> int:
        """How many come before it. Raises ValueError where it isn't one of them."""
        before = 0
        for begins, ends in self._runs:
            if begins <= version <= ends:
                return before + version - begins
            before += ends - begins + 1
        raise ValueError(f"{version} isn't in {self!r}")

    def __iter__(self) -> Iterator[int]:
        return (version for begins, ends in self._runs for version in range(begins, ends + 1))

    def __bool__(self) -> bool:
        return bool(self._runs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Versions) and self._runs == other._runs

    def __hash__(self) -> int:
        return hash(self._runs)

    def __repr__(self) -> str:
        return f"Versions({', '.join(f'{begins}–{ends}' for begins, ends in self._runs)})"

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + RUN_BYTES * len(self._runs)


def _made(runs: tuple[tuple[int, int], ...]) -> Versions:
    made = Versions()
    made._runs = runs
    return made


class Erasable(msgspec.Struct):
    """The state of accounts, posts and comments as far as it is the same. version 0 means that there is no such thing.

    text_versions  those that hold words which people typed, a text or a reason, and haven't been erased
    erased_for     the reason of the last erasure, while nothing was written since
    reasons_by     of text_versions those that hold a reason or other words of one account and nothing else, by it
    """

    version: int = 0
    text_versions: Versions = Versions()
    erased_for: str | None = ""
    reasons_by: Mapping[str, Versions] = msgspec.field(default_factory=dict)

    @property
    def exists(self) -> bool:
        return self.version > 0

    def words_came(self) -> None:
        """This version brings words."""
        self.text_versions = self.text_versions.plus(self.version)
        self.erased_for = ""

    def reason_given(self, reason: str | None, by: str) -> None:
        """This version brings a reason and no other words. None: one that is erased; "": none."""
        if reason != "":
            self.words_given(by)

    def words_given(self, by: str) -> None:
        """This version brings words that this account gave, and none of anybody else."""
        self.words_came()
        given = self.reasons_by.get(by, Versions())
        self.reasons_by = {**self.reasons_by, by: given.plus(self.version)}

    def words_erased(self, erased: Iterable[int], reason: str | None, by: str) -> None:
        """This version takes the words of earlier ones away, and brings its own reason."""
        self.reasons_erased(erased)
        self.reason_given(reason, by)
        self.erased_for = reason

    def reasons_erased(self, erased: Iterable[int]) -> None:
        """This version takes reasons of earlier ones away."""
        gone = frozenset(erased)
        self.text_versions = self.text_versions.without(gone)
        left = {by: given.without(gone) for by, given in self.reasons_by.items()}
        self.reasons_by = {by: given for by, given in left.items() if given}

    def is_reason(self, version: int) -> bool:
        """Whether this version holds a reason and nothing else."""
        return any(version in given for given in self.reasons_by.values())

    def erasable_for(self, reason: str) -> tuple[int, ...]:
        """The versions that an erasure takes; none where the last one had this reason and nothing was written since."""
        return () if reason and reason == self.erased_for else tuple(self.text_versions)

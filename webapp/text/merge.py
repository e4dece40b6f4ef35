"""Two edits of one text put together where they don't touch: a three-way merge by lines, and a paragraph is a line.

Changes that meet, or stand in neighbouring lines, are for a person to settle.
"""

from collections.abc import Mapping, Sequence

from merge3 import Merge3

from . import diff


def fields(base: Mapping[str, str], theirs: Mapping[str, str], yours: Mapping[str, str]) -> dict[str, str] | None:
    """Every field merged; None where one of them can't be, since half a merge is no text that anybody meant."""
    merged = {name: text(base[name], theirs[name], yours[name]) for name in theirs}
    whole = {name: found for name, found in merged.items() if found is not None}
    return whole if len(whole) == len(merged) else None


def text(base: str, theirs: str, yours: str) -> str | None:
    """What both made of the base; None where their changes meet, or there are too many of them to tell in time."""
    merged = Merge3(_lines(base), _lines(theirs), _lines(yours), sequence_matcher=_Matcher)
    groups = list(merged.merge_groups())
    if any(group[0] == "conflict" for group in groups):
        return None
    return "".join(line for group in groups for line in group[1]).removesuffix("\n")


def _lines(text: str) -> list[str]:
    # The last line ends like others, so that a paragraph added below it is no change of it.
    return (text + "\n").splitlines(keepends=True)


class _Matcher:
    """difflib.SequenceMatcher as merge3 uses it, with a deadline: on texts made for it, difflib takes minutes."""

    def __init__(self, _is_junk: None, before: Sequence[str], after: Sequence[str]) -> None:
        self._blocks = diff.matching_blocks(before, after)

    def get_matching_blocks(self) -> list[tuple[int, int, int]]:
        return self._blocks

"""Two edits of one text put together where they don't touch: diff3 by lines, and a paragraph is a line.

"A Formal Investigation of Diff3" (Khanna, Kunal, Pierce 2007). Changes that meet, or stand in neighbouring lines,
are for a person to settle.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from . import diff

_LINES = re.compile(r"[^\n]*\n|[^\n]+")


class Change(NamedTuple):
    """Lines start to end of the base become these."""

    start: int
    end: int
    lines: tuple[str, ...]


def fields(base: Mapping[str, str], theirs: Mapping[str, str], yours: Mapping[str, str]) -> dict[str, str] | None:
    """Every field merged; None where one of them can't be, since half a merge is no text that anybody meant."""
    merged = {name: text(base[name], theirs[name], yours[name]) for name in theirs}
    whole = {name: found for name, found in merged.items() if found is not None}
    return whole if len(whole) == len(merged) else None


def text(base: str, theirs: str, yours: str) -> str | None:
    """What both made of the base; None where their changes meet, or there are too many of them to tell."""
    if theirs in (base, yours):
        return yours
    if yours == base:
        return theirs
    # The last line ends like others, so that a paragraph added below it is no change of it.
    lines = _lines(base)
    one, other = _changes(lines, _lines(theirs)), _changes(lines, _lines(yours))
    if one is None or other is None or _meet(one, other):
        return None
    return _applied(lines, sorted({*one, *other})).removesuffix("\n")


def _lines(text: str) -> list[str]:
    return _LINES.findall(text + "\n")


def _changes(base: list[str], after: list[str]) -> list[Change] | None:
    """From base to after, in order, never two next to each other."""
    segments = diff.compared(base, after)
    if segments is None:
        return None
    found: list[Change] = []
    at = 0
    start, lines = 0, []
    for op, joined in [*segments, diff.Segment("same", "")]:
        some = _LINES.findall(joined)
        if op == "ins":
            lines += some
        elif op == "del":
            at += len(some)
        else:
            if at > start or lines:
                found.append(Change(start, at, tuple(lines)))
            at += len(some)
            start, lines = at, []
    return found


def _meet(one: list[Change], other: list[Change]) -> bool:
    """Whether a change of one side touches another's; the very same change on both sides doesn't."""
    return any(mine.start <= their.end and their.start <= mine.end for mine in one for their in other if mine != their)


def _applied(base: list[str], changes: list[Change]) -> str:
    made: list[str] = []
    at = 0
    for change in changes:
        made += [*base[at : change.start], *change.lines]
        at = change.end
    return "".join([*made, *base[at:]])

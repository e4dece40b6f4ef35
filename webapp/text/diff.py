"""What changed between two texts, word by word; by lines where the words have too little in common.

Myers' greedy algorithm with a cap on the number of changes: the time is bounded by the cap, not by the text.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Literal, NamedTuple

from flask_babel import gettext
from markupsafe import Markup, escape

Op = Literal["same", "del", "ins"]

MOST = 800
"""Tokens that may differ before a coarser look is taken; 800 cost at most a third of a second."""
AROUND = 160
"""Characters left of unchanged text on each side of a change."""

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_VISIBLE = re.compile(r"\w")


class Segment(NamedTuple):
    op: Op
    text: str


def segments(before: str, after: str) -> list[Segment]:
    """The way from before to after. Without "ins" they join to before, without "del" to after."""
    for cut in (_WORDS, _LINES):
        if (found := compared(cut.findall(before), cut.findall(after))) is not None:
            return _readable(found)
    return _change(before, after)


class Words(NamedTuple):
    """What is said around changes, in the reader's language. skipped holds {} for a number."""

    removed: str
    end_of_removed: str
    added: str
    end_of_added: str
    skipped: str


def _spoken() -> Words:
    return Words(
        gettext("removed: "),
        gettext(" (end of removed text) "),
        gettext("added: "),
        gettext(" (end of added text) "),
        gettext("[… {} unchanged characters …]"),
    )


def words(before: str, after: str) -> Markup:
    """The way from before to after as <del> and <ins>, named for screen readers; long unchanged parts are left out."""
    return _words(before, after, _spoken())


@lru_cache(maxsize=512)
def _words(before: str, after: str, spoken: Words) -> Markup:
    found = segments(before, after)
    last = len(found) - 1
    return Markup("").join(_shown(segment, index == 0, index == last, spoken) for index, segment in enumerate(found))


def sides(before: str, after: str) -> tuple[Markup, Markup]:
    """The two texts for two columns: the left one with what goes marked, the right one with what comes."""
    return _sides(before, after, _spoken())


@lru_cache(maxsize=256)
def _sides(before: str, after: str, spoken: Words) -> tuple[Markup, Markup]:
    found = segments(before, after)
    last = len(found) - 1
    left, right = (
        Markup("").join(
            _shown(segment, index == 0, index == last, spoken)
            for index, segment in enumerate(found)
            if segment.op != other
        )
        for other in ("ins", "del")
    )
    return left, right


def compared(before: Sequence[str], after: Sequence[str]) -> list[Segment] | None:
    """Token by token, or None where more than MOST differ."""
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    middle = _script(before[head : len(before) - tail], after[head : len(after) - tail])
    if middle is None:
        return None
    start = [Segment("same", "".join(before[:head]))]
    end = [Segment("same", "".join(before[len(before) - tail :]))]
    return [segment for segment in (*start, *middle, *end) if segment.text]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _script(before: Sequence[str], after: Sequence[str]) -> list[Segment] | None:
    """Myers, "An O(ND) Difference Algorithm" (1986), figure 2: furthest reaching paths by diagonal."""
    reach, trace = {1: 0}, []
    for changes in range(min(MOST, len(before) + len(after)) + 1):
        trace.append(reach.copy())
        for diagonal in range(-changes, changes + 1, 2):
            down = diagonal == -changes or (diagonal != changes and reach[diagonal - 1] < reach[diagonal + 1])
            x = reach[diagonal + 1] if down else reach[diagonal - 1] + 1
            while x < len(before) and x - diagonal < len(after) and before[x] == after[x - diagonal]:
                x += 1
            reach[diagonal] = x
            if x >= len(before) and x - diagonal >= len(after):
                return _walked(before, after, trace)
    return None


def _walked(before: Sequence[str], after: Sequence[str], trace: list[dict[int, int]]) -> list[Segment]:
    """The path back from the end, as segments of one token each in reading order."""
    x, y = len(before), len(after)
    path: list[Segment] = []
    for changes in range(len(trace) - 1, -1, -1):
        reach, diagonal = trace[changes], x - y
        down = diagonal == -changes or (diagonal != changes and reach[diagonal - 1] < reach[diagonal + 1])
        from_x = reach[diagonal + 1 if down else diagonal - 1]
        from_y = from_x - (diagonal + 1 if down else diagonal - 1)
        while x > max(from_x, 0) and y > max(from_y, 0):
            x, y = x - 1, y - 1
            path.append(Segment("same", before[x]))
        if changes:
            path.append(Segment("ins", after[from_y]) if down else Segment("del", before[from_x]))
            x, y = from_x, from_y
    return path[::-1]


def _readable(found: list[Segment]) -> list[Segment]:
    """Joins what belongs together, so that a rewritten sentence is one change and not a row of single words."""
    joined = [Segment(op, "".join(part.text for part in run)) for op, run in groupby(found, lambda part: part.op)]
    made: list[Segment] = []
    gone, come = "", ""
    for index, (op, text) in enumerate(joined):
        between = gone + come != "" and index + 1 < len(joined)
        if op == "same" and not (between and not _VISIBLE.search(text) and "\n" not in text):
            made += [*_change(gone, come), Segment("same", text)]
            gone, come = "", ""
        else:
            gone += text if op != "ins" else ""
            come += text if op != "del" else ""
    return [*made, *_change(gone, come)]


def _change(gone: str, come: str) -> list[Segment]:
    return [segment for segment in (Segment("del", gone), Segment("ins", come)) if segment.text]


def _shown(segment: Segment, first: bool, last: bool, spoken: Words) -> Markup:
    if segment.op == "same":
        return _same(segment.text, first, last, spoken)
    removed = segment.op == "del"
    name, end = (spoken.removed, spoken.end_of_removed) if removed else (spoken.added, spoken.end_of_added)
    inner = Markup('<span class="visually-hidden">{}</span>{}<span class="visually-hidden">{}</span>')
    # A line end that came or went is a change nobody could see.
    return Markup(f"<{segment.op}>%s</{segment.op}>") % inner.format(name, segment.text.replace("\n", "¶\n"), end)


def _same(text: str, first: bool, last: bool, spoken: Words) -> Markup:
    before = "" if first else text[:AROUND]
    after = "" if last else text[max(len(text) - AROUND, 0) :]
    left_out = len(text) - len(before) - len(after)
    if left_out <= AROUND:
        return escape(text)
    note = Markup('<span class="unchanged-text">{}</span>').format(spoken.skipped.replace("{}", f"{left_out:,}"))
    return escape(before) + note + escape(after)

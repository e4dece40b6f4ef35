"""Word-wise differences between two texts, as segments and as HTML. diff-match-patch compares; lines go first, so that
words are looked for within the paragraphs that changed.

Tokens are runs of whole grapheme clusters, each mapped to one code point for the library: nothing that is seen as one
character is ever cut.
"""

import time
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Literal, NamedTuple

import regex
from diff_match_patch import diff_match_patch
from flask_babel import gettext
from markupsafe import Markup, escape

Op = Literal["same", "del", "ins"]

TIMEOUT_S = 0.5
"""For one pair of texts. What is left to compare then counts as replaced."""
MAX_CHANGES = 1_000
"""Changed segments of one pair of texts. From there to the last change all counts as replaced."""
CONTEXT_CHARS = 160
"""Unchanged text that is shown on each side of a change."""

# Scripts written without blanks are compared cluster by cluster.
_SPACED = r"(?:(?=[\w--[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]])\X)"
_WITHIN_WORDS = r"['‘’.,:·׳״־\p{Hyphen}]"
_WORDS = regex.compile(rf"{_SPACED}+(?:{_WITHIN_WORDS}{_SPACED}+)*+|(?:(?=\s)\X)+|\X", regex.V1)
"""don’t, 1,000.50, 12:30 and state-of-the-art are one word each, as is one with soft hyphens in it."""
# Blank lines belong to the paragraph above them: alone, each looks like any other.
_PARAGRAPHS = regex.compile(r"[^\n]+\n*|\n+")
_OPS: dict[int, Op] = {
    diff_match_patch.DIFF_EQUAL: "same",
    diff_match_patch.DIFF_DELETE: "del",
    diff_match_patch.DIFF_INSERT: "ins",
}
Encoded = list[tuple[int, str]]
"""As diff-match-patch gives it: operations with texts."""


class Segment(NamedTuple):
    op: Op
    text: str


class _TokenDiff(diff_match_patch):
    """Over texts in which each character stands for a token. Without the steps whose time no deadline bounds."""

    def __init__(self, timeout_s: float) -> None:
        super().__init__()
        # To the library, 0 means without a deadline.
        self.Diff_Timeout = max(timeout_s, 0.001)

    def diff_halfMatch(self, text1: str, text2: str) -> None:  # noqa: N802 the library's name
        """No shortcut by a long common part."""

    def diff_cleanupSemanticLossless(self, diffs: Encoded) -> None:  # noqa: N802 the library's name
        """No sliding of changes to the ends of words: tokens are words."""


@lru_cache(maxsize=512)
def segments(before: str, after: str) -> tuple[Segment, ...]:
    """The way from before to after. Without "ins" they join to before, without "del" to after."""
    until = time.monotonic() + TIMEOUT_S
    found: list[Segment] = []
    for same, run in groupby(_changed_paragraphs(before, after), _is_same):
        part = list(run)
        found += part if same else _changed_words(part, until - time.monotonic())
    joined = [Segment(op, "".join(part.text for part in run)) for op, run in groupby(found, lambda part: part.op)]
    return tuple(_with_end_replaced(joined))


def _with_end_replaced(found: list[Segment]) -> list[Segment]:
    """The segments, of which no more than MAX_CHANGES and the two of one last change differ."""
    changed = [at for at, part in enumerate(found) if not _is_same(part)]
    beyond = (at for at in changed[MAX_CHANGES:] if _is_same(found[at - 1]))
    if (start := next(beyond, None)) is None:
        return found
    end = changed[-1] + 1
    sides: tuple[tuple[Op, Op], ...] = (("del", "ins"), ("ins", "del"))
    texts = ((op, "".join(part.text for part in found[start:end] if part.op != other)) for op, other in sides)
    return [*found[:start], *(Segment(op, text) for op, text in texts if text), *found[end:]]


def _changed_paragraphs(before: str, after: str) -> list[Segment]:
    one, other, tokens = _encode(_PARAGRAPHS.findall(before), _PARAGRAPHS.findall(after))
    return _decode(_TokenDiff(TIMEOUT_S).diff_main(one, other, checklines=False), tokens)


def _is_same(segment: Segment) -> bool:
    return segment.op == "same"


def _changed_words(changed: Sequence[Segment], timeout_s: float) -> list[Segment]:
    """Matches that are shorter than the changes around them count as changed with them: a rewritten sentence is one."""
    before, after = ("".join(text for op, text in changed if op == side) for side in ("del", "ins"))
    one, other, tokens = _encode(_WORDS.findall(before), _WORDS.findall(after))
    diff = _TokenDiff(timeout_s)
    found = diff.diff_main(one, other, checklines=False)
    diff.diff_cleanupSemantic(found)
    return _decode(found, tokens)


def _encode(before: Sequence[str], after: Sequence[str]) -> tuple[str, str, list[str]]:
    """Both with a character for each token, and the tokens by the characters' numbers."""
    known: dict[str, str] = {}
    one, other = ("".join(known.setdefault(token, chr(len(known))) for token in side) for side in (before, after))
    return one, other, list(known)


def _decode(diffs: Encoded, tokens: Sequence[str]) -> list[Segment]:
    return [Segment(_OPS[op], "".join(tokens[ord(code)] for code in codes)) for op, codes in diffs]


def matching_blocks(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int, int]]:
    """Where tokens stay: place before, place after and how many, as difflib gives them, with an empty one last."""
    one, other, _ = _encode(before, after)
    found: list[tuple[int, int, int]] = []
    start = to = 0
    for op, codes in _TokenDiff(TIMEOUT_S).diff_main(one, other, checklines=False):
        if op == diff_match_patch.DIFF_EQUAL:
            found.append((start, to, len(codes)))
        start += len(codes) if op != diff_match_patch.DIFF_INSERT else 0
        to += len(codes) if op != diff_match_patch.DIFF_DELETE else 0
    return [*found, (start, to, 0)]


def inline(before: str, after: str) -> Markup:
    """The way from before to after as <del> and <ins>, named for screen readers; long unchanged parts are left out."""
    return _html(before, after, "del", "ins")


def side_by_side(before: str, after: str) -> tuple[Markup, Markup]:
    """The two texts for two columns: the left one with what goes marked, the right one with what comes."""
    return _html(before, after, "del"), _html(before, after, "ins")


def _html(before: str, after: str, *changes: Op) -> Markup:
    found = segments(before, after)
    last = len(found) - 1
    return Markup("").join(
        _unchanged(text, index == 0, index == last) if op == "same" else _change(op, text)
        for index, (op, text) in enumerate(found)
        if op in ("same", *changes)
    )


def _change(op: Op, text: str) -> Markup:
    name, end = (
        (gettext("removed: "), gettext(" (end of removed text) "))
        if op == "del"
        else (gettext("added: "), gettext(" (end of added text) "))
    )
    inner = Markup('<span class="visually-hidden">{}</span>{}<span class="visually-hidden">{}</span>')
    # A line end that came or went is a change nobody could see.
    return Markup(f"<{op}>%s</{op}>") % inner.format(name, text.replace("\n", "¶\n"), end)


def _unchanged(text: str, first: bool, last: bool) -> Markup:
    before, after = "" if first else _beginning(text), "" if last else _end(text)
    left_out = len(text) - len(before) - len(after)
    if left_out <= CONTEXT_CHARS:
        return escape(text)
    skipped = gettext("[… {} unchanged characters …]").replace("{}", f"{left_out:,}")
    return escape(before) + Markup('<span class="unchanged-text">{}</span>').format(skipped) + escape(after)


def _beginning(text: str) -> str:
    """Some of its first words, whole ones."""
    if len(text) <= CONTEXT_CHARS:
        return text
    ends = [match.end() for match in _WORDS.finditer(text, 0, 2 * CONTEXT_CHARS) if match.end() <= CONTEXT_CHARS]
    return text[: ends[-1]] if ends else ""


def _end(text: str) -> str:
    """Some of its last words, whole ones."""
    if len(text) <= CONTEXT_CHARS:
        return text
    from_here = len(text) - CONTEXT_CHARS
    starts = (match.start() for match in _WORDS.finditer(text, max(from_here - CONTEXT_CHARS, 0)))
    return text[next((start for start in starts if start >= from_here), len(text)) :]

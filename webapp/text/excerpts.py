"""Found words in their surroundings, marked: a title whole, a long text by the stretch around its first hit."""

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

from readmodel.search import Terms
from readmodel.tokenizer import match_spans

BEFORE, AFTER = 80, 180
"""Characters shown around the first hit."""
SEARCHED = 20_000
"""So much of a text is looked through for its first hit; it costs 10 ms at most."""
_SIGNS = re.compile(r"!?\[([^\]\[]*)\]\([^()\s]*\)|[`*_~>|]+|^(?:#+|[-+]) ", re.MULTILINE)


def marked(text: str, terms: Terms) -> Markup:
    """The text with <mark> around its wanted words."""
    return Markup("".join(_pieces(text, terms)))


def excerpt(text: str, terms: Terms) -> Markup:
    """The stretch around the first wanted word, without the signs of Markdown; the beginning where there is none."""
    start, _ = next(match_spans(text[:SEARCHED], terms.matches, terms.beginnings), (0, 0))
    begin, end = max(0, start - BEFORE), start + AFTER
    words = " ".join(_SIGNS.sub(r"\1", _whole_words(text, begin, end)).split())
    before, after = "… " if begin else "", " …" if end < len(text) else ""
    return Markup(before) + marked(words, terms) + Markup(after)


def _pieces(text: str, terms: Terms) -> Iterator[str]:
    """Already escaped."""
    at = 0
    for start, end in match_spans(text, terms.matches, terms.beginnings):
        yield from (escape(text[at:start]), "<mark>", escape(text[start:end]), "</mark>")
        at = end
    yield escape(text[at:])


def _whole_words(text: str, begin: int, end: int) -> str:
    """The stretch without the cut words at its ends, where blanks are near."""
    stretch = text[begin:end]
    if begin and (blank := stretch.find(" ", 0, BEFORE // 2)) >= 0:
        stretch = stretch[blank:]
    if end < len(text) and (blank := stretch.rfind(" ", len(stretch) - BEFORE // 2)) > 0:
        stretch = stretch[:blank]
    return stretch

"""Bare addresses become links, before their signs are read as emphasis.

linkify-it does more, but takes 9 s on 40,000 characters of "a://" and makes a link of every README.md.
"""

import re

import regex
from markdown_it.common.utils import unescapeAll
from markdown_it.rules_inline import StateInline

from domain import web_address

from .scripts import SPACED_LETTER

MAX_CHARS = 2_000

_SCHEME = re.compile(r"https?\Z", re.IGNORECASE)
_BEFORE = regex.compile(rf"(?:[{SPACED_LETTER}--_]|[/@#&.\\])\Z", regex.V1)
_REST = regex.compile(
    r"://[^\s<>\"`“”„‟«»\u060c\u061b\u061f\u06d4\u0964\u0965\u104a\u104b\u17d4\u1362\u3000-\u3003\u3008-\u3011"
    r"\u3014-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
    rf"{{1,{MAX_CHARS}}}"
)
"""Up to a blank, a quote, or a sign that ends sentences where letters are as wide as they."""
_ASCII_TOP = regex.compile(r"://[a-z0-9.-]*\.[a-z]{2,}(?=[^\x00-\x7f])", regex.IGNORECASE)
_RUN_BEFORE = re.compile(r"([*_~])\1*\Z")
_CLOSERS = {")": "(", "]": "[", "}": "{"}


def rule(state: StateInline, silent: bool) -> bool:
    """An inline rule of markdown-it, asked at each colon: the scheme before it is read already."""
    src, pos = state.src, state.pos
    if not src.startswith("://", pos):
        return False
    scheme = _SCHEME.search(src[max(0, pos - 5) : pos])
    if scheme is None or _BEFORE.search(src[max(0, pos - len(scheme[0]) - 1) : pos - len(scheme[0])]):
        return False
    typed = _rest(src, pos, pos - len(scheme[0]))
    rest = web_address.with_formatting_encoded(unescapeAll(typed))
    shown, href = scheme[0] + rest, scheme[0].lower() + rest
    if not web_address.parse(href) or not state.md.validateLink(href):
        return False
    if not silent:
        _push(state, scheme[0], typed, href, shown)
    state.pos += len(typed)
    return True


def _push(state: StateInline, scheme: str, typed: str, href: str, shown: str) -> None:
    """Within a link it is text like other text, but for the signs in it."""
    if state.linkLevel:
        state.pending += typed
        return
    state.pending = state.pending[: -len(scheme)]
    state.push("link_open", "a", 1).attrs = {"href": href}
    state.push("text", "", 0).content = shown
    state.push("link_close", "a", -1)


def _rest(src: str, pos: int, start: int) -> str:
    """What follows the scheme, without what belongs to the sentence around it."""
    found = _REST.match(src, pos)
    if found is None:
        return ""
    rest = found[0]
    if rest.endswith("\\") and src.startswith("\n", found.end()):
        rest = rest[:-1]  # A hard line break.
    if foreign := _ASCII_TOP.match(rest):
        rest = foreign[0]
    if opened := _RUN_BEFORE.search(src[max(0, start - 3) : start]):
        rest = re.split(rf"{re.escape(opened[0])}(?![\w/])", rest, maxsplit=1)[0]
    return _trimmed(_until_unpaired(rest))


def _until_unpaired(rest: str) -> str:
    """Up to a ] that nothing in it opened: it ends the words of a link."""
    depth = 0
    for at, sign in enumerate(rest):
        depth += (sign == "[") - (sign == "]")
        if depth < 0:
            return rest[:at]
    return rest


def _trimmed(url: str) -> str:
    """Without the punctuation of the sentence around it; brackets stay where they are paired."""
    end = len(url)
    counts = {sign: url.count(sign) for pair in _CLOSERS.items() for sign in pair}
    while end:
        last = url[end - 1]
        if last in _CLOSERS and counts[last] > counts[_CLOSERS[last]]:
            counts[last] -= 1
        elif last not in ".,;:!?'’‘*_~…":
            break
        end -= 1
    return url[:end]

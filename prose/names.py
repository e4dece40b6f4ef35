"""@handles and #tags in text: where they stand, and the one form of a tag. Pages link what read models count."""

import unicodedata
from collections.abc import Iterator
from typing import Literal, NamedTuple

import regex
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from .scripts import JOINERS, LETTER, SPACED_LETTER

MAX_TAG_UNITS = 50
"""UTF-16 units, as SQL Server counts; a longer word is no tag."""
MIN_TAG_LETTERS = 2

MENTION, TAG = "mention", "tag"
"""Types of the tokens that stand for them."""

_ESCAPED = "\ufffe"
"""Stands for an @ or # that was escaped, while names are looked for."""
_NAME = regex.compile(
    rf"(?<!{SPACED_LETTER}|[/@#&.\\{_ESCAPED}])(?:"
    rf"@(?P<handle>[A-Za-z0-9_][A-Za-z0-9_-]{{0,39}})(?![A-Za-z0-9_-]|@|[/.:#=+%\\{JOINERS}]?{SPACED_LETTER})"
    rf"|\#(?P<tag>\p{{L}}(?:{LETTER}|\p{{Pc}}|[{JOINERS}](?=[\p{{L}}\p{{M}}\p{{N}}]))*+)(?!://))",
    regex.V1,
)
_TAG = regex.compile(rf"\p{{L}}(?:{LETTER}|\p{{Pc}}|[{JOINERS}])*", regex.V1)
_WORD = regex.compile(r"(?=.*\p{L})[^\s#]+\Z")
_DOT_ABOVE_I = regex.compile("i\u0307+")
"""What is left of the Turkish İ in lower case."""
_LETTERS = regex.compile(r"[\p{L}\p{N}]")


class Name(NamedTuple):
    """key: the handle or the tag in its one form. start and end: where it stands, its sign included."""

    kind: Literal["mention", "tag"]
    key: str
    start: int
    end: int


def names_in(text: str) -> Iterator[Name]:
    """From left to right. What is part of an address, of another name or of a longer word is none."""
    if "@" not in text and "#" not in text:
        return
    for match in _NAME.finditer(text):
        if handle := match["handle"]:
            yield Name("mention", handle.lower(), match.start(), match.end())
        elif is_tag(key := tag_key(match["tag"])):
            yield Name("tag", key, match.start(), match.end())


def tag_key(typed: str) -> str:
    """The one form of a tag: NFKC, lower case, without # in front. Not checked."""
    folded = _DOT_ABOVE_I.sub("i", unicodedata.normalize("NFKC", typed).casefold())
    return unicodedata.normalize("NFKC", folded).strip().removeprefix("#")


def is_tag(key: str) -> bool:
    """Whether key is a normalised tag that a post could have: a letter first, two letters or digits at least."""
    fits = _is_short(key) and _TAG.fullmatch(key) is not None
    return fits and len(_LETTERS.findall(key)) >= MIN_TAG_LETTERS


def is_tag_filter(key: str) -> bool:
    """Whether lists may be filtered by key: it is one word. Tags that were stored under older rules are, too."""
    return _is_short(key) and _WORD.match(key) is not None


def _is_short(key: str) -> bool:
    return len(key.encode("utf-16-le", "replace")) // 2 <= MAX_TAG_UNITS


def rule(state: StateCore) -> None:
    """A core rule of markdown-it: looks at text outside of links and code, before escaped signs are joined to it."""
    for token in state.tokens:
        if token.type == "inline" and token.children and ("@" in token.content or "#" in token.content):
            token.children = list(_with_names(token.children))


def _with_names(children: list[Token]) -> Iterator[Token]:
    run: list[Token] = []
    links = 0
    for child in children:
        links += child.nesting if child.type in ("link_open", "link_close") else 0
        if child.type in ("text", "text_special") and not links:
            run.append(child)
        else:
            yield from _split(run)
            run = []
            yield child
    yield from _split(run)


def _split(run: list[Token]) -> Iterator[Token]:
    """Text without a break in it, as text and names."""
    shown = "".join(token.content for token in run)
    looked_at = "".join(_masked(token) for token in run)
    end = 0
    for name in names_in(looked_at):
        if end < name.start:
            yield Token("text", "", 0, content=shown[end : name.start])
        yield Token(name.kind, "", 0, content=shown[name.start : name.end], meta={"key": name.key})
        end = name.end
    if end < len(shown):
        yield Token("text", "", 0, content=shown[end:])


def _masked(token: Token) -> str:
    if token.type == "text":
        return token.content
    return token.content.replace("@", _ESCAPED).replace("#", _ESCAPED)

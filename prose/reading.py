"""What a text says: whom it mentions, its tags and its words, as they are on its page and nothing else."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import regex
from markdown_it.token import Token

from .names import MENTION, TAG, Name, names_in
from .parser import is_costly, make_parser

_PARSER = make_parser()
_MARKED = regex.compile(r"[\[\]&\\@#`~|]|[^\s*_][*]+[^\s*_]|[^\s\w]_+\S|\w_+[^\s\w]|\x00")
"""Without these, parsing changes neither names nor words (tests/prose/test_reading.py): most comments have none."""
_TITLE_ADDRESS = regex.compile(r"\w+://\S+|(?<=\])\(\s*+[^()\s]*+(?:\s+\"[^\"]*\")?\s*\)")
"""Bare, or of a link in Markdown: a title shows it as it was typed."""


class Reading(NamedTuple):
    """people: everyone whom the page links, in order, each once. mentions: those outside of quotations.

    words: what a reader would read aloud, code and the words of links and images among it; blanks stand for breaks.
    """

    people: tuple[str, ...]
    mentions: tuple[str, ...]
    tags: tuple[str, ...]
    words: str


@lru_cache(maxsize=1024)
def read(text: str) -> Reading:
    """Of a body in Markdown. What takes the parser too long has words alone: its page shows it as typed."""
    if not _MARKED.search(text) or is_costly(text):
        return Reading((), (), (), text)
    return parsed(text)


def parsed(text: str) -> Reading:
    """The same by the parser, always."""
    people: dict[str, None] = {}
    mentions: dict[str, None] = {}
    tags: dict[str, None] = {}
    words: list[str] = []
    quotes = 0
    for token in _PARSER.parse(text):
        quotes += token.nesting if token.type in ("blockquote_open", "blockquote_close") else 0
        for name in token.children or ():
            if name.type == TAG:
                tags[name.meta["key"]] = None
            elif name.type == MENTION:
                people[name.meta["key"]] = None
                if not quotes:
                    mentions[name.meta["key"]] = None
        words.extend(_words(token))
    return Reading(tuple(people), tuple(mentions), tuple(tags), " ".join(words))


def read_title(title: str) -> Reading:
    """Of a title, which is plain text; its page links the names in it."""
    names = list(names_in_title(title))
    people = _keys(name.key for name in names if name.kind == MENTION)
    return Reading(people, people, _keys(name.key for name in names if name.kind == TAG), title)


def names_in_title(title: str) -> Iterator[Name]:
    """From left to right; addresses have none."""
    return names_in(_TITLE_ADDRESS.sub(lambda found: " " * len(found[0]), title))


def _keys(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(keys))


def _words(token: Token) -> Iterator[str]:
    if token.type == "inline":
        yield "".join(map(_inline_words, token.children or ()))
    elif token.type in ("fence", "code_block"):
        yield token.content
    elif token.type == "list_item_open":
        yield token.info


def _inline_words(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    if token.type == "image":
        return "".join(map(_inline_words, token.children or ()))
    return token.content

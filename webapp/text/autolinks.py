"""Bare addresses, #tags and @handles inside text become links, in one pass whose cost grows with the text alone.

linkify-it does more, but takes 9 s on 40,000 characters of "a://" and makes a link of every README.md.
"""

import re
from urllib.parse import quote

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from readmodel.tags import is_tag, tag_key

_FOUND = re.compile(
    r"(?<![\w/@#&.;\\])(?:"
    r"(?P<url>https?://[^\s<>\"“”]+)"
    r"|@(?P<handle>[A-Za-z0-9_][A-Za-z0-9_-]{0,39})(?![\w-])"
    r"|\#(?P<tag>\w{1,60})(?!\w)"
    r")"
)
_CLOSERS = {")": "(", "]": "[", "}": "{"}


def rule(state: StateCore) -> None:
    """A core rule of markdown-it: looks at text outside of links and code."""
    for token in state.tokens:
        if token.type == "inline" and token.children:
            token.children = _linked(token.children)


def _linked(children: list[Token]) -> list[Token]:
    made: list[Token] = []
    depth = 0
    for child in children:
        depth += child.nesting if child.type in ("link_open", "link_close") else 0
        made += _split(child) if child.type == "text" and not depth else [child]
    return made


def _split(text: Token) -> list[Token]:
    made: list[Token] = []
    end = 0
    for match in _FOUND.finditer(text.content):
        if match.start() < end or (target := _target(match)) is None:
            continue
        href, words = target
        made += [_text(text.content[end : match.start()]), *_link(href, words)]
        end = match.start() + len(words)
    return [*made, _text(text.content[end:])] if made else [text]


def _target(match: re.Match[str]) -> tuple[str, str] | None:
    """Where it leads and the words that stand for it."""
    if url := match["url"]:
        url = _trimmed(url)
        return (url, url) if len(url) > len("https://") else None
    if handle := match["handle"]:
        return f"/@{handle.lower()}", match[0]
    tag = tag_key(match["tag"])
    return (f"/?tag={quote(tag)}", match[0]) if is_tag(tag) else None


def _trimmed(url: str) -> str:
    """Without the punctuation of the sentence around it; brackets stay where they are paired."""
    end = len(url)
    counts = {sign: url.count(sign) for pair in _CLOSERS.items() for sign in pair}
    while end:
        last = url[end - 1]
        if last in _CLOSERS and counts[last] > counts[_CLOSERS[last]]:
            counts[last] -= 1
        elif last not in ".,;:!?'*_~…":
            break
        end -= 1
    return url[:end]


def _text(words: str) -> Token:
    return Token("text", "", 0, content=words)


def _link(href: str, words: str) -> list[Token]:
    return [Token("link_open", "a", 1, attrs={"href": href}), _text(words), Token("link_close", "a", -1)]

"""HTML of another site's posts as Markdown: paragraphs, line ends, links; what else there is leaves its text."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

from domain import web_address

_SPECIAL = re.compile(r"([\\`*_\[\]<>~])")
_BLANK_LINES = re.compile(r"\n{3,}")
_BULLET = "\n- "
_BLOCKS = frozenset({"p", "div", "blockquote", "ul", "ol", "li", "pre", "h1", "h2", "h3"})


def markdown(html: str) -> str:
    """The same words as Markdown; what would be a mark in it is escaped."""
    return _BLANK_LINES.sub("\n\n", "".join(_read(html, _Reader(_escaped, _link)))).strip()


def first_line(html: str) -> str:
    """The first line with words in it as plain text; "" where there is none."""
    parts = _read(html, _Reader(str, _link_words))
    lines = "".join("\n" if part == _BULLET else part for part in parts).split("\n")
    return next((line.strip() for line in lines if line.strip()), "")


class _Reader(HTMLParser):
    """Collects a text in parts: words as escaped gives them, links as link gives them of their words and address."""

    def __init__(self, escaped: Callable[[str], str], link: Callable[[str, str], str]) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._escaped, self._shown = escaped, link
        self._link: str | None = None
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append(_BULLET)
        elif tag == "a":
            self._link, self._words = dict(attrs).get("href") or "", []

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link is not None:
            self.parts.append(self._shown("".join(self._words), self._link))
            self._link = None
        elif tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if self._link is None:
            self.parts.append(self._escaped(data))
        else:
            self._words.append(data)


def _read(html: str, reader: _Reader) -> list[str]:
    reader.feed(html)
    reader.close()
    return reader.parts


def _link(words: str, href: str) -> str:
    """A tag stays a tag, a bare address itself; whoever is mentioned elsewhere is a link, and nobody here."""
    if words.startswith("#"):
        return words
    if not href.startswith(("https://", "http://")) or any(letter in href for letter in " <>\n"):
        return _escaped(words)
    shown = words.removeprefix("https://").removeprefix("http://").rstrip("…/")
    if shown and href.partition("://")[2].startswith(shown):
        return f"<{href}>"
    return f"[{_escaped(words)}](<{href}>)"


def _link_words(words: str, href: str) -> str:
    """As typed; whoever is mentioned elsewhere is named with their site, so that nobody here is meant."""
    site = web_address.parse(href)
    return f"{words}@{site.host}" if words.startswith("@") and "@" not in words[1:] and site else words


def _escaped(words: str) -> str:
    return _SPECIAL.sub(r"\\\1", words)

"""HTML of another site's posts as Markdown: paragraphs, line ends, links; what else there is leaves its text."""

import re
from html.parser import HTMLParser

_SPECIAL = re.compile(r"([\\`*_\[\]<>~])")
_BLANK_LINES = re.compile(r"\n{3,}")
_BLOCKS = frozenset({"p", "div", "blockquote", "ul", "ol", "li", "pre", "h1", "h2", "h3"})


def markdown(html: str) -> str:
    """The same words as Markdown; what would be a mark in it is escaped."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return _BLANK_LINES.sub("\n\n", "".join(reader.parts)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._link: str | None = None
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag == "a":
            self._link, self._words = dict(attrs).get("href") or "", []

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link is not None:
            self.parts.append(_link("".join(self._words), self._link))
            self._link = None
        elif tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if self._link is None:
            self.parts.append(_escaped(data))
        else:
            self._words.append(data)


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


def _escaped(words: str) -> str:
    return _SPECIAL.sub(r"\\\1", words)

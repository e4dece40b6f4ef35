"""A language in which every message stands in brackets, and what of a page stands outside of them."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.pofile import read_po, write_po

from webapp.site import i18n

OPEN, CLOSE = "⟦", "⟧"
SPOKEN = frozenset({"aria-label", "placeholder", "title", "alt", "content"})
"""Attributes that people read or hear, with every data-… that a script says."""
DATA = frozenset({"data-left", "data-over", "data-one", "data-many", "data-label", "data-open", "data-close"})
SILENT = frozenset({"script", "style", "kbd", "code"})
ALLOWED = frozenset({"Verbatim", "English", "Deutsch", "UTC", "v"})
"""Names, and what is the same everywhere."""
TYPED = re.compile(r"\bq[\w./:-]*", re.IGNORECASE)
"""In these tests everything that people typed begins with a q."""
_META = frozenset({"description", "og:title", "og:description"})
_WORD = re.compile(r"[^\W\d_]+")


def written(folder: Path) -> Path:
    """The German catalogue with every message as its own translation, in brackets, as a folder of catalogues."""
    with (i18n.FOLDER / "de" / "LC_MESSAGES" / "messages.po").open("rb") as text:
        catalogue = read_po(text, locale="de")
    for message in catalogue:
        if message.id and isinstance(message.id, str):
            message.string = f"{OPEN}{message.id}{CLOSE}"
        elif message.id:
            message.string = tuple(f"{OPEN}{one}{CLOSE}" for one in message.id)
    path = folder / "de" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    with path.open("wb") as made:
        write_po(made, catalogue)
    return folder


def outside(html: str) -> list[str]:
    """The words of a page that stand in no message, and that nobody typed."""
    found: list[str] = []
    for said in _Said(html).said:
        words = (word for word in _WORD.findall(TYPED.sub("", _without_messages(said))) if word not in ALLOWED)
        if rest := " ".join(words):
            found.append(f"{rest} (in {said[:80]!r})")
    return found


def _without_messages(said: str) -> str:
    """What is left when brackets and what stands between them are gone; they may hold each other."""
    depth, left = 0, []
    for sign in said:
        depth += (sign == OPEN) - (sign == CLOSE)
        left.append(sign if depth == 0 and sign != CLOSE else " ")
    assert depth == 0, said
    return "".join(left)


class _Said(HTMLParser):
    """said: the text of the page as one, then each attribute that is read."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._text: list[str] = []
        self._silent = 0
        self.said: list[str] = []
        self.feed(html)
        self.said.extend(self._joined())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        given = dict(attrs)
        read = given.get("name") in _META or given.get("property") in _META if tag == "meta" else True
        self.said += [value or "" for name, value in attrs if name in SPOKEN | DATA and read]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._text.append(data)

    def _joined(self) -> Iterator[str]:
        """A message may hold elements, so pieces are put together until its brackets close."""
        piece = ""
        for data in self._text:
            piece += data
            if piece.count(OPEN) == piece.count(CLOSE):
                yield piece
                piece = ""
        assert not piece.strip(), piece

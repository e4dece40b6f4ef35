"""Texts on pages, with links to those of the mentioned who are there. A page asks once for the people of many texts."""

from collections.abc import Iterable

from flask import g
from markupsafe import Markup

from prose.reading import read_title
from readmodel.people import KnownHandles
from webapp.site.database import ask
from webapp.text import markdown


def look_up(texts: Iterable[str]) -> None:
    """Asks who of the mentioned is there, for all texts of a page in one query."""
    _known({handle for text in texts for handle in markdown.people_in(text)})


def body(text: str, shift: int = 1) -> Markup:
    """Markdown as HTML. shift: how many levels headings go down."""
    return markdown.render(text, shift, people=_known(set(markdown.people_in(text))))


def title(text: str, href: str = "") -> Markup:
    """A title on its own page; href: where the rest of it leads."""
    return markdown.title(text, href, _known(set(read_title(text).people)))


def _known(handles: set[str]) -> set[str]:
    found: dict[str, bool] = g.setdefault("known_handles", {})
    if unknown := handles - found.keys():
        there = ask(KnownHandles(handles=tuple(sorted(unknown))))
        found.update({handle: handle in there for handle in unknown})
    return {handle for handle in handles if found[handle]}

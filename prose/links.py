"""How many links a text shows that lead anywhere but to a page of the same site by its path."""

import regex

from .parser import is_costly, make_parser

_PARSER = make_parser()
_MARKED = regex.compile(r"[:&\\]|//")
"""Without one of these no address can name another site."""
_ABSOLUTE = regex.compile(r"[a-z][a-z0-9+.-]*:|//|\\", regex.IGNORECASE)


def count_links(text: str) -> int:
    """Of a body in Markdown: bare addresses, links and images, each as often as it stands there."""
    if not _MARKED.search(text) or is_costly(text):
        return 0
    shown = (child for token in _PARSER.parse(text) for child in token.children or ())
    return sum(
        bool(_ABSOLUTE.match(str(token.attrGet("src" if token.type == "image" else "href") or "")))
        for token in shown
        if token.type in ("link_open", "image")
    )

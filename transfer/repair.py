"""Repairs texts that scraping has mangled, and names each repair for the report."""

import html
import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote

ENTITIES, C1, CONTROL, BLANKS = "html entities", "C1 characters", "control characters", "white space in the url"
_BLANK = re.compile(r"\s")
_ODD = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_WINDOWS = {chr(code): bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}


def repaired(text: str, done: set[str]) -> str:
    """The text with html entities resolved once, C1 characters read as Windows-1252, other control characters gone.

    What was done is added to done. NUL stays: whoever wrote that didn't mean text.
    """
    if "&" in text and (unescaped := html.unescape(text)) != text:
        done.add(ENTITIES)
        text = unescaped
    if _ODD.search(text):
        text = _ODD.sub(lambda found: _meant(found[0], done), text)
    return text


def repaired_link(url: str, done: set[str]) -> str:
    """The link with white space inside it percent-encoded, as a browser would send it."""
    url = repaired(url, done).strip()
    if _BLANK.search(url):
        done.add(BLANKS)
        url = _BLANK.sub(lambda found: quote(found[0]), url)
    return url


def _meant(character: str, done: set[str]) -> str:
    if character in _WINDOWS:
        done.add(C1)
        return _WINDOWS[character]
    done.add(CONTROL)
    return ""


def _as_it_is(text: str, _done: set[str]) -> str:
    return text


class Repairs(NamedTuple):
    """How texts and links are repaired; each adds what it did to a set."""

    text: Callable[[str, set[str]], str]
    link: Callable[[str, set[str]], str]


SCRAPED = Repairs(repaired, repaired_link)
AS_IT_IS = Repairs(_as_it_is, _as_it_is)
"""For what this site wrote: "&amp;" means itself there."""

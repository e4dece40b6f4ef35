"""The host of an address as people are shown it, so that no other one can be read into it."""

from functools import lru_cache

import regex

from domain.web_address import parse

_OWN_SCRIPTS = (
    "Han|Hiragana|Katakana|Hangul|Bopomofo",
    *("Arabic", "Hebrew", "Thai", "Lao", "Khmer", "Myanmar", "Georgian", "Devanagari", "Bengali", "Gurmukhi"),
    *("Gujarati", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala", "Ethiopic"),
)
"""Scripts, or several that are written together, none of whose letters looks like a Latin one."""
_USER = regex.compile(r"^([a-z]+://)[^/?#]*@", regex.IGNORECASE)
_LIKE_LATIN = ("Cyrillic", "Greek", "Armenian")
_LATIN = r"[a-z0-9\u00df-\u00f6\u00f8-\u00ff\u0101-\u017e--[\u0131\u0138\u017f]]+"


def _made_of(scripts: str) -> str:
    return "[0-9-" + "".join(rf"\p{{scx={script}}}" for script in scripts.split("|")) + "]+"


_LABEL = regex.compile("|".join(map(_made_of, _OWN_SCRIPTS)) + f"|{_LATIN}(?:-+{_LATIN})*", regex.V1)
_WITH_TOP = {script: regex.compile(_made_of(script), regex.V1) for script in _LIKE_LATIN}


@lru_cache(maxsize=4096)
def shown_host(url: str) -> str:
    """Without www.; a label whose letters could be taken for others is written as xn--…, as browsers do.

    Addresses that name a user, or lead nowhere (""), are older than the rules against them.
    """
    found = parse(_USER.sub(r"\1", url))
    if found is None:
        return ""
    labels = found.host.split(".")
    if labels[0] == "www" and len(labels) > 2:
        del labels[0]
    return ".".join(label if label.isascii() or _is_plain(label, labels[-1]) else _as_ascii(label) for label in labels)


def _is_plain(label: str, top: str) -> bool:
    if _LABEL.fullmatch(label):
        return True
    return any(script.fullmatch(label) and script.fullmatch(top) for script in _WITH_TOP.values())


def _as_ascii(label: str) -> str:
    return f"xn--{label.encode('punycode').decode('ascii')}"

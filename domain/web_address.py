"""Web addresses: which hosts there can be, and what leads to one."""

import ipaddress
import re
import unicodedata
from typing import NamedTuple
from urllib.parse import quote, urlsplit

SCHEMES = ("http", "https", "ftp")
MAX_HOST_CHARS, MAX_LABEL_CHARS = 253, 63

_DOTS = re.compile("[.\u3002\uff0e\uff61]")
_ASCII_LABEL = re.compile(r"[\w-]*\Z", re.ASCII)
_BRACKETED = re.compile(r"\[[0-9a-f:.]+\](?::\d*)?", re.IGNORECASE)
_NUMBER = re.compile(r"\d+\Z|0x[0-9a-f]*\Z", re.ASCII)
_OTHER_SCRIPTS = ("L", "M", "N", "So", "Sk")
"""Categories of what may stand in a label beyond ASCII: letters, marks, digits, emoji; nothing like a slash."""
_JOINERS = "\u200c\u200d"
_PUNYCODE = "xn--"
_FORMATTING = ("Cf", "Zl", "Zp")
"""Categories of what can't be seen itself, and may turn or hide what stands around it."""
_HOST_FIRST = re.compile(
    r"[^\s/?#@:\\\[\]]+[.\u3002\uff0e\uff61][^\s/?#@:\\.\u3002\uff0e\uff61\[\]]+[.\u3002\uff0e\uff61]?(?::\d{1,5})?(?=[/?#]|\Z)"
)


class WebAddress(NamedTuple):
    """host: lower case, labels with . between them, without brackets and without a dot behind it."""

    scheme: str
    host: str


def parse(url: str) -> WebAddress | None:
    """The scheme and host of an absolute address; None where its host is impossible, and where it names a user."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = _DOTS.sub(".", unicodedata.normalize("NFKC", parts.hostname or "").lower()).removesuffix(".")
    except ValueError:
        return None
    if parts.scheme not in SCHEMES or "@" in parts.netloc or port == 0:
        return None
    if parts.netloc.startswith("["):
        is_possible = _BRACKETED.fullmatch(parts.netloc) is not None and _is_ip(host, ipaddress.IPv6Address)
    else:
        is_possible = _is_host(host)
    return WebAddress(parts.scheme, host) if is_possible else None


def with_scheme(typed: str) -> str:
    """What was typed, as an https address where only the scheme is missing: example.com/x."""
    whole = f"https://{typed}"
    return whole if _HOST_FIRST.match(typed) and parse(whole) else typed


def with_formatting_encoded(text: str) -> str:
    """An address in which nothing turns the direction or is invisible (U+202E shows gnp.exe as exe.png): %E2%80%AE.

    Joiners stay, since words are written with them.
    """
    if text.isascii():
        return text
    return "".join(quote(sign) if _is_formatting(sign) else sign for sign in text)


def _is_formatting(sign: str) -> bool:
    return sign not in _JOINERS and unicodedata.category(sign) in _FORMATTING


def _is_host(host: str) -> bool:
    labels = host.split(".")
    if _NUMBER.match(labels[-1]):
        return _is_ip(host, ipaddress.IPv4Address)
    return len(host) <= MAX_HOST_CHARS and all(map(_is_label, labels))


def _is_label(label: str) -> bool:
    """Hyphens may stand at its ends: no registry sells such names, but people have them below their own."""
    if not 0 < len(label) <= MAX_LABEL_CHARS:
        return False
    return _is_punycode(label) if label.startswith(_PUNYCODE) else _is_spelled(label)


def _is_punycode(label: str) -> bool:
    """Whether it is the one ASCII form of a label that there can be."""
    try:
        spelled = label.removeprefix(_PUNYCODE).encode("ascii").decode("punycode")
        again = spelled.encode("punycode").decode("ascii")
    except UnicodeError:
        return False
    return not spelled.isascii() and _PUNYCODE + again == label and _is_spelled(spelled)


def _is_spelled(label: str) -> bool:
    return all(
        sign in _JOINERS or unicodedata.category(sign).startswith(_OTHER_SCRIPTS)
        if ord(sign) > 0x7F
        else _ASCII_LABEL.match(sign) is not None
        for sign in label
    )


def _is_ip(host: str, kind: type[ipaddress.IPv4Address] | type[ipaddress.IPv6Address]) -> bool:
    try:
        kind(host)
    except ValueError:
        return False
    return True

"""Addresses that a webhook may have. Where one leads to is looked at when it is called."""

from urllib.parse import urlsplit

from . import text

WEB_PORTS = frozenset({80, 443})


MIN_OTHER_PORT = 1024
"""Below it are mail and the like, to which a POST might mean something."""


def url_fault(url: str) -> str:
    """What is wrong with an address to call; "" where nothing is. Where it leads to is looked at when it is called."""
    if not url.isascii():
        return text.about_field("url", "%(field)s must be plain ASCII: names as xn--…, other letters as %%C3%%A9.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return text.about_field("url", "%(field)s has a host or a port that can't be.")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return text.about_field("url", "%(field)s must start with https:// or http://, and name a host.")
    if parts.username is not None or parts.password is not None:
        return text.about_field("url", "%(field)s can't hold a name or a password; the signature tells who calls.")
    if parts.fragment:
        return text.about_field("url", "%(field)s can't hold a # part: it would never be sent.")
    if port is not None and port not in WEB_PORTS and port < MIN_OTHER_PORT:
        return text.about_field(
            "url", "%(field)s can name port 80, 443, or one from %(port)s up.", port=str(MIN_OTHER_PORT)
        )
    return ""

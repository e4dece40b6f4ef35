"""`after` in a link: where a page ended, signed, so that nobody sends one of their own making."""

import base64
import binascii
import hashlib
import hmac
from functools import lru_cache

import msgspec
from werkzeug.exceptions import BadRequest

from readmodel.engine.views import Key
from webapp.site import site

LONGEST = 1_000
_SIGNATURE = 16
"""Bytes at the end. 128 bits of a keyed BLAKE2b can't be guessed, and links stay short."""


def write(listing: str, key: Key | None) -> str | None:
    """The text of a cursor, or None on the last page. listing names the query that it belongs to."""
    if key is None:
        return None
    said = msgspec.json.encode(key)
    return base64.urlsafe_b64encode(said + _signature(listing, said)).rstrip(b"=").decode()


def read(listing: str, text: str | None) -> Key | None:
    """The key, or None where there is no cursor. Raises BadRequest for one that isn't ours or of another listing."""
    if not text:
        return None
    try:
        if len(text) > LONGEST:
            raise ValueError("too long")
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        said, signature = raw[:-_SIGNATURE], raw[-_SIGNATURE:]
        if not hmac.compare_digest(signature, _signature(listing, said)):
            raise ValueError("not signed by us, or for another list")
        return tuple(msgspec.json.decode(said))
    except (binascii.Error, ValueError) as error:
        raise BadRequest(
            "This link to a further page is broken or belongs to another list. Start at its first page."
        ) from error


def _signature(listing: str, said: bytes) -> bytes:
    """listing is text of any length and any signs, so it comes with its length."""
    named = listing.encode(errors="surrogatepass")
    message = b"%d\0%b%b" % (len(named), named, said)
    return hashlib.blake2b(message, digest_size=_SIGNATURE, key=_key(site.current().settings.secret_key)).digest()


@lru_cache(maxsize=8)
def _key(secret: str) -> bytes:
    return hashlib.sha256(b"after\0" + secret.encode()).digest()

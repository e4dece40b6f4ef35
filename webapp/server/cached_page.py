"""One public page in memory: its bytes as they are sent in each encoding, and how it is known to be true."""

import gzip
import threading
import time
from collections.abc import Hashable, Sequence
from functools import lru_cache

import brotli
from werkzeug.http import parse_accept_header, parse_etags

from webapp.server import htmx
from webapp.site.page_reads import PageReads
from webapp.site.site import Live

CACHE_CONTROL = "public, max-age=0, s-maxage=5, stale-while-revalidate=30"
VARY = f"{htmx.VARY_HEADERS}, Accept-Encoding"
RECHECK_S = 1.0
"""A repaired row changes a page without raising the change token of SQL Server."""
OVERHEAD_BYTES = 4096
"""What a page holds beside its bodies: headers, queries, its key. Estimated generously."""
BROTLI_QUALITY, GZIP_LEVEL = 5, 6
COMPRESSORS = {
    "br": lambda body: brotli.compress(body, quality=BROTLI_QUALITY),
    "gzip": lambda body: gzip.compress(body, GZIP_LEVEL, mtime=0),
}
_OWN_HEADERS = frozenset(
    {"cache-control", "content-encoding", "content-length", "content-type", "date", "etag", "vary", "x-request-id"}
)
"""Headers that are made here, or that belong to a single answer."""

Headers = list[tuple[str, str]]


class CachedPage:
    """token: the read model's change token, taken before the page was made. lock: held by whoever makes it anew."""

    def __init__(self, reads: PageReads, token: Hashable, headers: Sequence[tuple[str, str]]) -> None:
        assert reads.body is not None
        self.endpoint = reads.endpoint
        self.lock = threading.Lock()
        self._reads = reads
        self._token, self._checked_at = token, time.monotonic()
        self._etag = reads.etag
        self._bodies = {"": reads.body}
        self._headers_304: Headers = [
            *((name, value) for name, value in headers if name.lower() not in _OWN_HEADERS),
            ("Cache-Control", CACHE_CONTROL),
            ("ETag", f'W/"{reads.etag}"'),
            ("Vary", VARY),
        ]
        self._headers_200: Headers = [*self._headers_304, ("Content-Type", reads.content_type)]

    @property
    def size_bytes(self) -> int:
        return OVERHEAD_BYTES + sum(map(len, self._bodies.values()))

    def is_fresh(self, token: Hashable) -> bool:
        """Whether nothing at all was committed since it was last compared with the read model."""
        return self._token == token and time.monotonic() - self._checked_at < RECHECK_S

    def renew(self, live: Live, token: Hashable) -> bool:
        """Whether it would be made the same again, by asking what it was made from; token is from before that."""
        now = time.monotonic()
        with live.connect() as connection:
            if not self._reads.are_unchanged(connection) or live.is_outdated():
                return False
        self._token, self._checked_at = token, now
        return True

    def answer(self, if_none_match: str, accept_encoding: str) -> tuple[str, Headers, bytes]:
        """Status, headers and body."""
        if if_none_match and parse_etags(if_none_match).contains_weak(self._etag):
            return "304 NOT MODIFIED", self._headers_304, b""
        encoding = best_encoding(accept_encoding)
        body = self._bodies.get(encoding)
        if body is None:
            body = self._bodies[encoding] = COMPRESSORS[encoding](self._bodies[""])
        headers = [*self._headers_200, ("Content-Length", str(len(body)))]
        return "200 OK", headers + ([("Content-Encoding", encoding)] if encoding else []), body


@lru_cache(maxsize=256)
def best_encoding(accept_encoding: str) -> str:
    """The smallest of those that we have and the client takes; "" for none."""
    accepted = {name.lower() for name, quality in parse_accept_header(accept_encoding) if quality > 0}
    return next((encoding for encoding in COMPRESSORS if encoding in accepted), "")

"""Buffers one request until all of it has come, so that no thread waits for a slow client.

gunicorn's push parser, made for its ASGI worker, finds where it ends; its threaded worker parses it afterwards.
"""

import sys
from typing import Any

from gunicorn.asgi.parser import ParseError, PythonProtocol

MAX_HEAD_BYTES = 65_536
MAX_BODY_BYTES = 1_000_000
"""The site refuses a larger body by its Content-Length (webapp/server/security.py), so nothing of it is waited for."""
MAX_LINE_BYTES = 8_190
_HEAD_END = b"\r\n\r\n"


class HeadTooLarge(Exception):
    """The head isn't complete after MAX_HEAD_BYTES."""


class BodyTooLarge(Exception):
    """Its chunks are more than MAX_BODY_BYTES, or their sizes say that they will be."""


class Malformed(ParseError):  # type: ignore[misc]
    """A number in it is larger than Python reads."""


class RequestBuffer:
    """What has come of one request; raw may hold the beginning of the next one too.

    expects_continue: whether the client sends the body only when it is told to. body_skipped: whether it is too large
    to be waited for. follows_another: whether it began in the same bytes in which the one before it ended.
    """

    def __init__(self, limits: Any) -> None:
        """limits: gunicorn's configuration."""
        self.raw = bytearray()
        self.head_complete = self.expects_continue = self.body_skipped = self.follows_another = False
        self._next_size_at = self._chunk_bytes = 0
        self._parser = PythonProtocol(
            on_header=self._note_header,
            on_headers_complete=self._complete_head,
            limit_request_line=limits.limit_request_line,
            limit_request_fields=limits.limit_request_fields,
            limit_request_field_size=limits.limit_request_field_size,
        )

    @property
    def request_line(self) -> bytes:
        """As far as it came."""
        return bytes(self.raw[: MAX_LINE_BYTES + 4]).lstrip(b"\r\n").split(b"\r\n", 1)[0]

    def feed(self, data: bytes) -> None:
        """Raises gunicorn's ParseError, HeadTooLarge or BodyTooLarge for what can't become a request."""
        self.raw += data
        try:
            self._parser.feed(data)
        except ValueError as error:
            raise Malformed(str(error)) from error
        if self.is_complete():
            return
        if not self.head_complete and len(self.raw) > MAX_HEAD_BYTES:
            raise HeadTooLarge
        if self.head_complete:
            self._limit_body()

    def is_complete(self) -> bool:
        """Whether a thread needn't wait for more of it."""
        return bool(self._parser.is_complete)

    def _limit_body(self) -> None:
        body_at = self.raw.index(_HEAD_END) + len(_HEAD_END)
        if self._parser.is_chunked:
            self._add_sizes(max(body_at, self._next_size_at))
        if max(len(self.raw) - body_at, self._chunk_bytes) > MAX_BODY_BYTES:
            raise BodyTooLarge

    def _add_sizes(self, at: int) -> None:
        """Adds up the sizes of the chunks that have begun; the parser has found them well-formed, and no end yet."""
        while (end := self.raw.find(b"\r\n", at)) >= 0:
            size = int(self.raw[at:end].partition(b";")[0], 16)
            self._chunk_bytes += size
            # Behind the last chunk, whose size is 0, come trailers.
            at = end + 4 + size if size else sys.maxsize
        self._next_size_at = at

    def _note_header(self, name: bytes, value: bytes) -> None:
        if name == b"expect" and value.lower() == b"100-continue":
            self.expects_continue = True

    def _complete_head(self) -> bool:
        """True has the parser skip the body."""
        self.head_complete = True
        self.body_skipped = (self._parser.content_length or 0) > MAX_BODY_BYTES
        return self.body_skipped

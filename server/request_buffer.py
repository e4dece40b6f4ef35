"""One request as its bytes come in, looked at only so far as to know when it is whole.

gunicorn's parser reads and judges it afterwards. A head that it refuses as it stands counts as whole.
"""

import re

LARGEST_HEAD = 65_536
LARGEST_BODY = 1_000_000
"""Bytes. The site refuses a larger body by its Content-Length (webapp/server/security.py): none of it is waited for."""
LONGEST_LINE = 8_190
_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*(?=\r\n)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r\n", re.IGNORECASE)
_EXPECT = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")


class HeadTooLarge(Exception):
    """The head isn't whole after LARGEST_HEAD bytes."""


class BodyTooLarge(Exception):
    """Its chunks are more than LARGEST_BODY bytes."""


class BrokenChunks(Exception):
    """What should be a chunk's size or a trailer is none."""


class Incoming:
    """What has come of one request. raw may hold the beginning of the next one too."""

    def __init__(self) -> None:
        self.raw = bytearray()
        self._body: int | None = None
        self._end = 0
        self._chunk: int | None = None

    @property
    def line(self) -> bytes:
        """The request line, as far as it came."""
        return bytes(self.raw[: LONGEST_LINE + 4]).lstrip(b"\r\n").split(b"\r\n", 1)[0]

    @property
    def head_came(self) -> bool:
        return self._body is not None

    @property
    def waits_for_leave(self) -> bool:
        """Whether the client sends the body only when it is told to."""
        return self._body is not None and _EXPECT.search(self.raw, 0, self._body) is not None

    def feed(self, data: bytes) -> None:
        self.raw += data
        if self._body is None and (end := self.raw.find(_END)) >= 0:
            self._body = self._end = end + len(_END)
            self._measure(bytes(self.raw[: self._body]))

    def whole(self) -> bool:
        """Whether a thread needn't wait for more of it. Raises HeadTooLarge, BodyTooLarge or BrokenChunks."""
        if self._body is None:
            return self._head_is_wrong()
        if self._chunk is None:
            return len(self.raw) >= self._end
        came = self._last_chunk_came(self._chunk)
        if not came and len(self.raw) - self._body > LARGEST_BODY:
            raise BodyTooLarge
        return came

    def _measure(self, head: bytes) -> None:
        """Where the body ends, or that its chunks will tell."""
        lengths = [int(length) for length in _LENGTH.findall(head)]
        if _CHUNKED.search(head) and not lengths:
            self._chunk = self._end
        elif len(lengths) == 1 and lengths[0] <= LARGEST_BODY:
            self._end += lengths[0]

    def _head_is_wrong(self) -> bool:
        if self.raw.count(b"\n") != self.raw.count(b"\r\n"):
            return True
        if len(self.line) > LONGEST_LINE:
            return True
        if len(self.raw) > LARGEST_HEAD:
            raise HeadTooLarge
        return False

    def _last_chunk_came(self, at: int) -> bool:
        """Follows the chunks as far as they came. at: where the line of the next one's size begins."""
        while (end := self.raw.find(b"\n", at, at + LONGEST_LINE)) >= 0:
            size = _SIZE.match(self.raw, at, end)
            if size is None or self.raw[end - 1 : end] != b"\r":
                raise BrokenChunks
            if int(size[0], 16) == 0:
                return self._trailers_came(end)
            at = self._chunk = end + 1 + int(size[0], 16) + len(b"\r\n")
        if len(self.raw) - at >= LONGEST_LINE:
            raise BrokenChunks
        return False

    def _trailers_came(self, end: int) -> bool:
        """end: where the line of the last chunk ends."""
        if self.raw.find(_END, end - 1) >= 0:
            return True
        trailers = self.raw[end - 1 :]
        if len(trailers) > LARGEST_HEAD or trailers.count(b"\n") != trailers.count(b"\r\n"):
            raise BrokenChunks
        return False

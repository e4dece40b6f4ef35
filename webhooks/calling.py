"""One call to a receiver: to the very address that was checked, within a time, following nothing.

http.client has all that is needed. A client that pools, retries or follows redirects would have to be told not to, and
the socket must be ours: it is opened to the checked address, so that a name can't lead elsewhere meanwhile.
"""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import SplitResult, urlsplit

import msgspec

from .addresses import Place, check
from .refusals import CutOff, NotCalled
from .resolving import Resolver

TIMEOUT_S = 10.0
READ = 4_096
"""Bytes of an answer's body that are looked at."""


class Answer(msgspec.Struct, frozen=True):
    """text: the beginning of the body. retry_after: the header, if it came."""

    status: int
    text: str
    retry_after: str | None


class Caller:
    """Makes calls, for several threads at once. private: see addresses.places."""

    def __init__(
        self,
        *,
        private: bool = False,
        timeout_s: float = TIMEOUT_S,
        trust: ssl.SSLContext | None = None,
        resolver: Resolver | None = None,
    ) -> None:
        self._private = private
        self._resolver = resolver or Resolver()
        self._timeout_s = timeout_s
        self._trust = trust or ssl.create_default_context()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._over = False

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The receiver's answer, whatever its status. Raises NotCalled where there is none in time."""
        until = time.monotonic() + self._timeout_s
        parts = urlsplit(url)
        try:
            with self._connected(parts, until) as line, _cut_at(line, until):
                return _asked(line, parts, headers, body, until)
        except TimeoutError as error:
            raise self._failed(f"No answer within {self._timeout_s:g} s.") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            late = time.monotonic() >= until
            said = f"No answer within {self._timeout_s:g} s." if late else _told(error)
            raise self._failed(said) from error

    def cut_off(self) -> None:
        """Ends all calls, those to come too: the process stops."""
        with self._lock:
            self._over = True
            for line in self._open:
                _cut(line)
        self._resolver.cut_off()

    def _failed(self, sentence: str) -> NotCalled:
        return CutOff(sentence) if self._over else NotCalled(sentence)

    @contextmanager
    def _connected(self, parts: SplitResult, until: float) -> Iterator[socket.socket]:
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        found = self._resolver.places(host, until)
        check(host, found, private=self._private)
        line = _dialled(found, port, until)
        if parts.scheme == "https":
            line = self._trust.wrap_socket(line, server_hostname=host, do_handshake_on_connect=False)
        with line:
            with self._lock:
                if self._over:
                    raise CutOff("The process stops.")
                self._open.add(line)
            try:
                yield line
            finally:
                with self._lock:
                    self._open.discard(line)


def _dialled(found: list[Place], port: int, until: float) -> socket.socket:
    """A connection to the first of the places that takes one."""
    refused: OSError = TimeoutError("no time left")
    for family, address in found:
        line = socket.socket(family, socket.SOCK_STREAM)
        try:
            line.settimeout(max(0.001, until - time.monotonic()))
            line.connect((address, port))
            return line
        except OSError as error:
            line.close()
            refused = error
    raise refused


@contextmanager
def _cut_at(line: socket.socket, until: float) -> Iterator[None]:
    """A socket's own time-out begins anew with each byte, so a receiver that drips is cut off by a clock."""
    timer = threading.Timer(max(0.0, until - time.monotonic()), _cut, (line,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(line: socket.socket) -> None:
    """Past TLS, which would wait for the other side's word."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(line, socket.SHUT_RDWR)


def _asked(line: socket.socket, parts: SplitResult, headers: Mapping[str, str], body: bytes, until: float) -> Answer:
    if isinstance(line, ssl.SSLSocket):
        line.do_handshake()
    connection = http.client.HTTPConnection(parts.hostname or "")
    connection.sock = line
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request("POST", target, body, {"Host": parts.netloc, "Connection": "close", **headers})
    with connection.getresponse() as response:
        if time.monotonic() >= until:
            raise TimeoutError("cut off within its head, which http.client takes for the whole")
        text = response.read(READ).decode(errors="replace")
        return Answer(response.status, text, response.getheader("Retry-After"))


def _told(error: Exception) -> str:
    """What went wrong, without the stack's own words for it where there are better ones."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"Its certificate can't be trusted: {error.verify_message}."
        case ssl.SSLError():
            return f"No TLS connection: {error.reason or error}."
        case ConnectionRefusedError():
            return "The connection was refused."
        case http.client.HTTPException():
            return f"The answer is no HTTP: {type(error).__name__}."
    return f"No connection: {error}."

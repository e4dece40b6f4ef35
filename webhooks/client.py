"""HTTP client for deliveries: POSTs to the very address that was checked, within one time limit, without redirects."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from http.client import HTTPException
from urllib.parse import SplitResult, urlsplit

import msgspec
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from .addresses import may_call

CALL_TIMEOUT_S = 10.0
MAX_BODY_BYTES = 4_096
"""How much of a response's body is read."""
MAX_LOOKUPS = 64
"""Names looked up at a time: twice dispatcher.MAX_CALLS, since a look-up can't be ended, only left alone."""


class CallFailed(Exception):
    """There is no response; the message says why, for the webhook's owner."""


class Response(msgspec.Struct, frozen=True):
    """text: the beginning of the body. retry_after: the header, if it came."""

    status: int
    text: str
    retry_after: str | None


class Client:
    """Makes calls, for several threads at once. private: to this machine and its neighbours too."""

    def __init__(
        self, *, private: bool = False, timeout_s: float = CALL_TIMEOUT_S, trust: ssl.SSLContext | None = None
    ) -> None:
        self._private = private
        self._timeout_s = timeout_s
        self._trust = trust or ssl.create_default_context()
        self._lookups = ThreadPoolExecutor(MAX_LOOKUPS, "look-up")

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        """The receiver's response, whatever its status. Raises CallFailed where none comes in time."""
        deadline = time.monotonic() + self._timeout_s
        parts = urlsplit(url)
        try:
            with closing(self._connect(parts, deadline)) as connection, _shut_down_at(deadline, connection.sock):
                return _exchange(connection, parts, headers, body, deadline)
        except (OSError, HTTPException, HTTPError, ValueError) as error:
            cause = error.__cause__ if isinstance(error, HTTPError) and error.__cause__ else error
            if time.monotonic() >= deadline or isinstance(cause, TimeoutError):
                raise CallFailed(f"No answer within {self._timeout_s:g} s.") from error
            raise CallFailed(_describe(cause)) from error

    def _connect(self, parts: SplitResult, deadline: float) -> HTTPConnection:
        """A connection to the first of the host's addresses that takes one."""
        refused: Exception = TimeoutError("no time left")
        for address in self._resolve(parts.hostname or "", deadline):
            connection = HTTPConnection(address, parts.port)
            if parts.scheme == "https":
                connection = HTTPSConnection(
                    address, parts.port, ssl_context=self._trust, server_hostname=parts.hostname
                )
            # It opens within this time, and then shakes hands within as much again.
            connection.timeout = _left_s(deadline) / 2
            try:
                connection.connect()
                return connection
            except (OSError, HTTPError) as error:
                connection.close()
                refused = error
        raise refused

    def _resolve(self, host: str, deadline: float) -> list[str]:
        """Every address of a host, each once. Raises CallFailed where one of them may not be called."""
        lookup = self._lookups.submit(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
        try:
            found = lookup.result(_left_s(deadline))
        except TimeoutError as error:
            lookup.cancel()
            raise CallFailed(f"{host} couldn't be looked up in time: no name server answered.") from error
        except (OSError, UnicodeError) as error:
            raise CallFailed(f"{host} has no address: {error}") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        for address in addresses:
            if not may_call(address, private=self._private):
                raise CallFailed(f"{host} isn't on the internet and may not be called.")
        return addresses


@contextmanager
def _shut_down_at(deadline: float, sock: socket.socket) -> Iterator[None]:
    """A socket's own time-out begins anew with each byte, so a receiver that drips is cut off by a clock."""
    timer = threading.Timer(_left_s(deadline), _shut_down, (sock,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut_down(sock: socket.socket) -> None:
    """Ends whatever waits for the socket; below TLS, whose own end is the reader's to make."""
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _exchange(
    connection: HTTPConnection, parts: SplitResult, headers: Mapping[str, str], body: bytes, deadline: float
) -> Response:
    connection.timeout = _left_s(deadline)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request(
        "POST", target, body, {"Host": parts.netloc, "Connection": "close", **headers},
        preload_content=False, decode_content=False, enforce_content_length=False,
    )  # fmt: skip
    with closing(connection.getresponse()) as response:
        if time.monotonic() >= deadline:
            raise TimeoutError("shut down within the headers, which http.client takes for all of them")
        text = response.read(MAX_BODY_BYTES).decode(errors="replace")
        return Response(response.status, text, response.headers.get("Retry-After"))


def _left_s(deadline: float) -> float:
    return max(0.001, deadline - time.monotonic())


def _describe(error: BaseException) -> str:
    """What went wrong, without the stack's own words for it where there are better ones."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"Its certificate can't be trusted: {error.verify_message}."
        case ssl.SSLError():
            return f"No TLS connection: {error.reason or error}."
        case ConnectionRefusedError():
            return "The connection was refused."
        case HTTPException() | HTTPError():
            return f"The answer is no HTTP: {type(error).__name__}."
    return f"No connection: {error}."

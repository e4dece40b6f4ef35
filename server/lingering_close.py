"""Closes connections without cutting off their last answer: reads on for a moment, as RFC 9112 section 9.6 asks.

gunicorn's own does so in its event loop, two seconds for each client that doesn't close; here nobody waits.
"""

import socket
import time
from collections.abc import Callable
from selectors import EVENT_READ, BaseSelector

LINGER_TIMEOUT_S = 2.0
MAX_LINGERING = 500
RECV_BYTES = 65_536


class LingeringClose:
    """The connections that are being closed."""

    def __init__(self, poller: Callable[[], BaseSelector]) -> None:
        self._poller = poller
        self._deadlines: dict[socket.socket, float] = {}

    def take(self, sock: socket.socket) -> None:
        """Closes a connection that the poller doesn't watch."""
        try:
            sock.shutdown(socket.SHUT_WR)
            sock.setblocking(False)
            if len(self._deadlines) < MAX_LINGERING:
                self._poller().register(sock, EVENT_READ, self._drain)
                self._deadlines[sock] = time.monotonic() + LINGER_TIMEOUT_S
                return
        except (OSError, ValueError):
            pass
        sock.close()

    def close_expired(self, now: float) -> None:
        for sock in [sock for sock, deadline in self._deadlines.items() if now > deadline]:
            self._close(sock)

    def _drain(self, sock: socket.socket) -> None:
        try:
            if sock.recv(RECV_BYTES):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._close(sock)

    def _close(self, sock: socket.socket) -> None:
        del self._deadlines[sock]
        self._poller().unregister(sock)
        sock.close()

"""Connections that have had their last answer: read on for a moment, since a reset could overtake the answer."""

import socket
import time
from collections.abc import Callable
from selectors import EVENT_READ, BaseSelector

LINGER_S = 2.0
MOST = 500
_PIECE = 65_536


class Leaving:
    """Says that nothing more comes, takes in what the client still sends, and waits for nobody."""

    def __init__(self, poller: Callable[[], BaseSelector]) -> None:
        self._poller = poller
        self._until: dict[socket.socket, float] = {}

    def take(self, sock: socket.socket) -> None:
        """Closes a connection that the poller doesn't watch."""
        try:
            sock.shutdown(socket.SHUT_WR)
            sock.setblocking(False)
            if len(self._until) < MOST:
                self._poller().register(sock, EVENT_READ, self._drain)
                self._until[sock] = time.monotonic() + LINGER_S
                return
        except (OSError, ValueError):
            pass
        sock.close()

    def end(self, now: float) -> None:
        """Of those whose moment is over."""
        for sock in [sock for sock, until in self._until.items() if now > until]:
            self._let_go(sock)

    def _drain(self, sock: socket.socket) -> None:
        try:
            if sock.recv(_PIECE):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._let_go(sock)

    def _let_go(self, sock: socket.socket) -> None:
        del self._until[sock]
        self._poller().unregister(sock)
        sock.close()

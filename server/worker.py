"""gunicorn's threaded worker, with patience for slow clients and the site's own words for what can't be served.

A thread gets a request when all of it is there: whoever sends its head or body slowly holds a socket and some memory,
never one of the threads. Nor does the loop wait, as gunicorn's does, for a client to close.
"""

import re
import socket
import time
from functools import partial
from selectors import EVENT_READ
from threading import local
from typing import Any

from gunicorn.http.body import ChunkedReader
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import TConn, ThreadWorker

from server.lingering_close import Leaving
from server.request_buffer import BodyTooLarge, BrokenChunks, HeadTooLarge, Incoming

HEAD_S = 10.0
BODY_S = 20.0
SEND_S = 30.0
"""A client that takes in nothing of its answer for so long is left."""
DRAIN_S = 0.2
HELD = 64 * 2**20
"""Bytes of unfinished requests that one worker keeps; who comes with more is sent away for a moment."""
_HOST = re.compile(r"[\w.:\[\]%~!$&'()*+,;=-]*\Z", re.ASCII)
_PIECE = 65_536


class TooSlow(Exception):
    """The head or the body didn't come in time."""


class HostMissing(Exception):
    """HTTP/1.1 without a Host that could be one."""


class Busy(Exception):
    """Too much of unfinished requests is held already."""


class Worker(ThreadWorker):  # type: ignore[misc]
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._coming: dict[TConn, tuple[Incoming, float]] = {}
        self._held = 0
        self._at_hand = local()

    def init_process(self) -> None:
        # The poller comes first in gunicorn's own, which doesn't return.
        self._leaving = Leaving(lambda: self.poller)
        super().init_process()

    def enqueue_req(self, conn: TConn) -> None:
        """Here comes a new connection, or one that went on: it gets a thread once its request is whole."""
        conn.init()
        conn.sock.setblocking(False)
        coming = Incoming()
        self._coming[conn] = (coming, time.monotonic())
        self.poller.register(conn.sock, EVENT_READ, partial(self._readable, conn))
        self._take(conn, conn.parser.unreader.take_buffered())
        if conn in self._coming:
            self._readable(conn, conn.sock)

    def _readable(self, conn: TConn, sock: socket.socket) -> None:
        try:
            data = sock.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._take(conn, data)
        elif self._coming[conn][0].raw:
            self._refuse(conn, TooSlow())
        else:
            self._let_go(conn)
            self._close(conn)

    def _take(self, conn: TConn, data: bytes) -> None:
        coming, _ = self._coming[conn]
        waited = coming.waits_for_leave
        coming.feed(data)
        self._held += len(data)
        try:
            if coming.whole():
                self._hand_over(conn)
            elif self._held > HELD:
                self._refuse(conn, Busy())
            elif coming.waits_for_leave and not waited:
                sock_send(conn.sock, b"HTTP/1.1 100 Continue\r\n\r\n")
        except (HeadTooLarge, BodyTooLarge, BrokenChunks) as fault:
            self._refuse(conn, fault)

    def _hand_over(self, conn: TConn) -> None:
        coming = self._let_go(conn)
        conn.line = coming.line
        conn.parser.unreader.unread(bytes(coming.raw))
        super().enqueue_req(conn)

    def _let_go(self, conn: TConn) -> Incoming:
        coming, _ = self._coming.pop(conn)
        self._held -= len(coming.raw)
        self.poller.unregister(conn.sock)
        return coming

    def _refuse(self, conn: TConn, why: Exception) -> None:
        self._at_hand.line = self._let_go(conn).line
        self.handle_error(None, conn.sock, conn.client, why)
        self._close(conn)

    def murder_pending(self) -> None:
        """Whoever was too slow. A stopping worker waits for nobody who hasn't begun."""
        now = time.monotonic()
        for conn, (coming, since) in list(self._coming.items()):
            if coming.raw and now > since + (BODY_S if coming.head_came else HEAD_S):
                self._refuse(conn, TooSlow())
            elif not coming.raw and (now > since + HEAD_S or not self.alive):
                self._let_go(conn)
                self._close(conn)
        self._leaving.end(now)

    def handle(self, conn: TConn) -> Any:
        self._at_hand.line = conn.line
        return super().handle(conn)

    def handle_request(self, req: Any, conn: TConn) -> bool:
        hosts = [value for name, value in req.headers if name == "HOST"]
        if (req.version >= (1, 1) and not hosts) or not all(_HOST.match(host) for host in hosts):
            raise HostMissing
        if isinstance(req.body.reader, ChunkedReader):
            req.body.reader = _Chunks(req.body.reader)
        conn.sock.settimeout(SEND_S)
        try:
            return bool(super().handle_request(req, conn))
        except TimeoutError:
            self.log.debug("A client took nothing in for %s s.", SEND_S)
            return False

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:
        """A body that nobody read is there already, or is larger than anybody waits for."""
        return keepalive and bool(conn.parser.finish_body(deadline=time.monotonic() + DRAIN_S))

    def finish_request(self, conn: TConn, fs: Any) -> None:
        if fs.cancelled() or fs.exception() or not fs.result():
            self._close(conn)
        else:
            super().finish_request(conn, fs)

    def handle_error(self, _req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Answers what can't be served; the app, which only a worker may import, has the words."""
        from webapp.api import raw_errors

        line = getattr(self._at_hand, "line", b"")
        sock_send(client, raw_errors.response_bytes(exc, line, addr[0] if addr else ""))

    def _close(self, conn: TConn) -> None:
        self.nr_conns -= 1
        self._leaving.take(conn.sock)


class _Chunks:
    """A body in chunks. Broken ones are a ValueError, which the app knows from a client that is gone."""

    def __init__(self, reader: ChunkedReader) -> None:
        self._reader = reader

    def read(self, size: int) -> bytes:
        try:
            return bytes(self._reader.read(size))
        except ParseException as error:
            raise ValueError(f"broken chunks: {error}") from error


def sock_send(sock: socket.socket, data: bytes) -> None:
    """As much as can be sent without waiting."""
    try:
        sock.setblocking(False)
        sock.send(data)
    except OSError:
        pass

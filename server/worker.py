"""gunicorn's threaded worker, with patience for slow clients and the site's own words for what can't be served.

A thread gets a request when all of it is there, and is free again when it has made the answer: whoever sends slowly, or
reads slowly, holds a socket and some memory, never one of the threads. Nor does the loop wait for a client to close.

docs/decisions/0058 says what gunicorn does itself, tests/server/test_gunicorn_contract.py what this builds on.
"""

import re
import socket
import time
from concurrent.futures import Future
from functools import partial
from io import BytesIO
from selectors import EVENT_READ, EVENT_WRITE
from types import SimpleNamespace
from typing import Any

from gunicorn.asgi.parser import ParseError
from gunicorn.http import get_parser
from gunicorn.http.body import Body
from gunicorn.http.errors import NoMoreData
from gunicorn.workers.gthread import TConn, ThreadWorker

from .answer_writer import AnswerWriter
from .lingering_close import LingeringClose
from .request_buffer import BodyTooLarge, HeadTooLarge, RequestBuffer

HEAD_TIMEOUT_S = 10.0
BODY_TIMEOUT_S = 20.0
SEND_TIMEOUT_S = 30.0
"""A client that takes in nothing of its answer for so long is left."""
MAX_BUFFERED_BYTES = 64 * 2**20
"""Of unfinished requests in one worker; who comes with more is sent away for a moment."""
MAX_UNSENT_BYTES = 192 * 2**20
"""Of answers in one worker; with more the connection that holds the most is closed."""
RECV_BYTES = 65_536
_HOST = re.compile(r"[\w.:\[\]%~!$&'()*+,;=-]*\Z", re.ASCII)


class TooSlow(Exception):
    """The head or the body didn't come in time."""


class HostMissing(Exception):
    """HTTP/1.1 without a Host that could be one."""


class Busy(Exception):
    """Too much of unfinished requests is buffered already."""


class BodyIncomplete(ParseError):  # type: ignore[misc]
    """The body isn't what its head says, though it seemed to end."""


class Worker(ThreadWorker):  # type: ignore[misc]
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._buffers: dict[TConn, tuple[RequestBuffer, float]] = {}
        self._buffered_bytes = 0
        self._writers: dict[TConn, AnswerWriter] = {}
        """Of connections whose answer is made or being sent."""
        self._sending: dict[TConn, bool] = {}
        """Whose answer the loop sends on: whether the connection stays open afterwards."""

    def init_process(self) -> None:
        # The poller comes first in gunicorn's own, which doesn't return.
        self._lingering = LingeringClose(lambda: self.poller)
        super().init_process()

    def enqueue_req(self, conn: TConn) -> None:
        """Called for a new connection, and for one that goes on: it gets a thread once its request is complete."""
        conn.init()
        conn.sock.setblocking(False)
        self._buffers[conn] = (RequestBuffer(self.cfg), time.monotonic())
        self.poller.register(conn.sock, EVENT_READ, partial(self._receive, conn))
        left_over = conn.parser.unreader.take_buffered()
        self._buffers[conn][0].follows_another = bool(left_over)
        self._feed(conn, left_over)
        if conn in self._buffers:
            self._receive(conn, conn.sock)

    def _receive(self, conn: TConn, sock: socket.socket) -> None:
        try:
            data = sock.recv(RECV_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._feed(conn, data)
        elif self._buffers[conn][0].raw:
            self._refuse(conn, TooSlow())
        else:
            self._stop_buffering(conn)
            self._close(conn)

    def _feed(self, conn: TConn, data: bytes) -> None:
        buffer, _ = self._buffers[conn]
        had_head = buffer.head_complete
        self._buffered_bytes += len(data)
        try:
            buffer.feed(data)
        except (ParseError, HeadTooLarge, BodyTooLarge) as error:
            self._refuse(conn, error)
            return
        if buffer.is_complete():
            self._hand_over(conn)
        elif self._buffered_bytes > MAX_BUFFERED_BYTES:
            self._refuse(conn, Busy())
        elif buffer.expects_continue and buffer.head_complete and not had_head:
            send_without_waiting(conn.sock, b"HTTP/1.1 100 Continue\r\n\r\n")

    def _hand_over(self, conn: TConn) -> None:
        buffer = self._stop_buffering(conn)
        conn.body_skipped = buffer.body_skipped
        # A parser of these bytes alone: where it wants more than came, it can't wait for the socket.
        conn.parser = get_parser(self.cfg, iter([bytes(buffer.raw)]), conn.client)
        super().enqueue_req(conn)

    def _stop_buffering(self, conn: TConn) -> RequestBuffer:
        buffer, _ = self._buffers.pop(conn)
        self._buffered_bytes -= len(buffer.raw)
        self.poller.unregister(conn.sock)
        return buffer

    def _refuse(self, conn: TConn, error: Exception) -> None:
        """Rubbish right behind a request gets no answer: a proxy would take it for that of somebody else's request."""
        buffer = self._stop_buffering(conn)
        if not buffer.follows_another:
            send_refusal(conn.sock, conn.client, error, buffer.request_line)
        self._close(conn)

    def murder_pending(self) -> None:
        """Refuses whoever was too slow. A stopping worker waits for nobody who hasn't begun."""
        now = time.monotonic()
        for conn, (buffer, since) in list(self._buffers.items()):
            if buffer.raw and now > since + (BODY_TIMEOUT_S if buffer.head_complete else HEAD_TIMEOUT_S):
                self._refuse(conn, TooSlow())
            elif not buffer.raw and (now > since + HEAD_TIMEOUT_S or not self.alive):
                self._stop_buffering(conn)
                self._close(conn)
        for conn in [conn for conn in self._sending if self._writers[conn].is_stuck(now)]:
            self._abandon(conn)
        self._lingering.close_expired(now)

    def handle_request(self, req: Any, conn: TConn) -> bool:
        """Has the answer made. Nothing is carried out whose body is broken, and nobody is answered twice."""
        hosts = [value for name, value in req.headers if name == "HOST"]
        if (req.version >= (1, 1) and not hosts) or not all(_HOST.match(host) for host in hosts):
            raise HostMissing
        if conn.body_skipped:
            req.force_close()
        else:
            req.body = complete_body(req.body)
        conn.sock.setblocking(False)
        writer = self._writers[conn] = AnswerWriter(conn.sock, SEND_TIMEOUT_S)
        try:
            return bool(
                super().handle_request(req, SimpleNamespace(sock=writer, client=conn.client, server=conn.server))
            )
        except TimeoutError:
            self.log.debug("A client took nothing in for %s s.", SEND_TIMEOUT_S)
            return False

    def finish_request(self, conn: TConn, fs: Any) -> None:
        """Called in the loop, once a thread has done its part: sends the rest of the answer, then goes on or closes."""
        stays_open = not fs.cancelled() and not fs.exception() and bool(fs.result())
        writer = self._writers.get(conn)
        if writer is None or not writer.unsent:
            self._finish(conn, stays_open)
            return
        self._sending[conn] = stays_open
        self.poller.register(conn.sock, EVENT_WRITE, partial(self._send_on, conn))
        while sum(self._writers[other].unsent for other in self._sending) > MAX_UNSENT_BYTES:
            self._abandon(max(self._sending, key=lambda other: self._writers[other].unsent))

    def _send_on(self, conn: TConn, _sock: socket.socket) -> None:
        try:
            if self._writers[conn].flush():
                self.poller.unregister(conn.sock)
                self._finish(conn, self._sending.pop(conn))
        except OSError:
            self._abandon(conn)

    def _finish(self, conn: TConn, stays_open: bool) -> None:
        self._writers.pop(conn, None)
        if stays_open:
            done: Future[bool] = Future()
            done.set_result(True)
            super().finish_request(conn, done)
        else:
            self._close(conn)

    def _abandon(self, conn: TConn) -> None:
        """Closes a connection in the middle of its answer."""
        self.poller.unregister(conn.sock)
        del self._sending[conn], self._writers[conn]
        self.nr_conns -= 1
        conn.sock.close()

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        send_refusal(client, addr, exc, f"{req.method} {req.uri} ".encode("latin-1") if req else b"")

    def _close(self, conn: TConn) -> None:
        self.nr_conns -= 1
        self._lingering.take(conn.sock)


def complete_body(body: Any) -> Body:
    """The body as it came, decoded. Raises gunicorn's errors for broken chunks or trailers, and BodyIncomplete."""
    try:
        return Body(BytesIO(body.read()))
    except NoMoreData as error:
        raise BodyIncomplete from error


def send_refusal(sock: socket.socket, address: Any, error: Exception, request_line: bytes) -> None:
    """Answers what can't be served; the app, which only a worker may import, has the words."""
    from webapp.api import raw_errors

    send_without_waiting(sock, raw_errors.response_bytes(error, request_line, address[0] if address else ""))


def send_without_waiting(sock: socket.socket, data: bytes) -> None:
    """As much as goes at once."""
    try:
        sock.setblocking(False)
        sock.send(data)
    except OSError:
        pass

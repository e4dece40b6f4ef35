"""A body must come in time: a connection that drips holds one of few threads."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import request

BODY_S = 20.0


@contextmanager
def for_the_body() -> Iterator[None]:
    """Ends the reading side of the connection when time is up: what waits for more then sees the end of the body, and
    the answer can still be sent. A time-out of the socket would begin anew with each byte."""
    connection: socket.socket | None = request.environ.get("gunicorn.socket")
    if connection is None or not _comes():
        yield
        return
    timer = threading.Timer(BODY_S, _end, (connection,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _comes() -> bool:
    return bool(request.content_length) or "Transfer-Encoding" in request.headers


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RD)

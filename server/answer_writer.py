"""Sends an answer as fast as its reader takes it and keeps the rest, so that no thread waits for a slow reader.

gunicorn's response writes to it in the socket's place. Whoever made the answer is done when it is handed over; the
worker's loop sends what is left.
"""

import fcntl
import select
import socket
import struct
import termios
import time
from collections import deque
from typing import IO

MAX_UNSENT_BYTES = 16 * 2**20
"""Of one answer that is still being made, a stream: with more its thread waits for the reader."""
MAX_SEND_BYTES = 2**20
"""At one time, so that a fast reader of a long answer lets others have their turn."""


class AnswerWriter:
    """The unsent bytes of one connection's answers."""

    def __init__(self, sock: socket.socket, timeout_s: float) -> None:
        self._sock = sock
        self._timeout_s = timeout_s
        self._parts: deque[memoryview] = deque()
        self.unsent = 0
        self._moved_at = time.monotonic()
        self._queued = 0

    def flush(self) -> bool:
        """Sends what goes without waiting. True when nothing is left. Raises OSError when the client is gone."""
        budget = MAX_SEND_BYTES
        try:
            while self._parts and budget > 0:
                sent = self._sock.send(self._parts[0][:budget])
                self._took(sent)
                budget -= sent
        except BlockingIOError:
            pass
        return not self._parts

    def is_stuck(self, now: float) -> bool:
        """Whether the reader took nothing in for timeout_s. What it takes shows in the system's queue first: that
        holds megabytes, and asks for more only once a third of it is gone."""
        if (queued := _queued_bytes(self._sock)) != self._queued:
            self._queued, self._moved_at = queued, now
        return now > self._moved_at + self._timeout_s

    def sendall(self, data: bytes) -> None:
        """Takes all of it, and waits only where too much is left of what came before. Raises TimeoutError."""
        if self.unsent > MAX_UNSENT_BYTES:
            self._wait_for_room()
        if data:
            self._parts.append(memoryview(data))
            self.unsent += len(data)
        self.flush()

    def send(self, data: bytes) -> int:
        self.sendall(data)
        return len(data)

    def sendfile(self, file: IO[bytes], offset: int = 0, count: int | None = None) -> int:
        """Read here: a file of ours has some hundred kilobytes at the most."""
        file.seek(offset)
        return self.send(file.read(-1 if count is None else count))

    def fileno(self) -> int:
        return self._sock.fileno()

    def recv(self, size: int, flags: int = 0) -> bytes:
        return self._sock.recv(size, flags)

    def settimeout(self, timeout_s: float | None) -> None:
        self._sock.settimeout(timeout_s)

    def shutdown(self, how: int) -> None:
        """What is unsent is dropped: gunicorn asks for this after an error in the middle of an answer."""
        self._parts.clear()
        self.unsent = 0
        self._sock.shutdown(how)

    def close(self) -> None:
        """The worker closes the socket, once it has counted the connection out."""

    def _took(self, sent: int) -> None:
        self.unsent -= sent
        self._moved_at = time.monotonic()
        if sent == len(self._parts[0]):
            self._parts.popleft()
        else:
            self._parts[0] = self._parts[0][sent:]

    def _wait_for_room(self) -> None:
        poll = select.poll()
        poll.register(self._sock, select.POLLOUT)
        while self.unsent > MAX_UNSENT_BYTES:
            if poll.poll(1_000):
                self.flush()
            elif self.is_stuck(time.monotonic()):
                raise TimeoutError("The client takes nothing in.")


def _queued_bytes(sock: socket.socket) -> int:
    """What was sent and the reader's system hasn't confirmed; 0 where the system can't say."""
    try:
        answered = fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4))
    except OSError:
        return 0
    return int(struct.unpack("i", answered)[0])

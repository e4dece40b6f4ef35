"""Whoever reads slowly holds no thread, gets all of the answer, and keeps nobody else waiting."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.server.served import LONG_BYTES, Server, answer

pytestmark = pytest.mark.slow

SEND_TIMEOUT_S = 2.0
GET = b"GET %b HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"
FIVE_HUNDRED = 500


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    patience = f"server.worker.SEND_TIMEOUT_S = {SEND_TIMEOUT_S}\nserver.worker.MAX_UNSENT_BYTES = 16 * 2**30\n"
    made = Server(tmp_path_factory.mktemp("served"), app="tests.server.long_answers:app", conf=patience)
    yield made
    made.stop()


def slow_reader(server: Server, room: int = 4_096) -> socket.socket:
    """A client with little room of its own, which has asked and read nothing."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    sock.settimeout(30)
    sock.connect(("127.0.0.1", server.port))
    sock.sendall(GET % b"/long")
    return sock


def seconds_of_health(server: Server) -> float:
    """The median of nine, the way of a client that comes anew each time."""
    return sorted(_seconds(server) for _ in range(9))[4]


def _seconds(server: Server) -> float:
    began = time.monotonic()
    assert server.send_raw(GET % b"/healthz").status == 200
    return time.monotonic() - began


def test_five_hundred_slow_readers_keep_nobody_waiting(server: Server) -> None:
    with ExitStack() as opened:
        readers = [opened.enter_context(slow_reader(server)) for _ in range(FIVE_HUNDRED)]
        for sock in readers:
            assert sock.recv(100), "each has the beginning of its answer"
        assert seconds_of_health(server) < 0.1


def test_a_steady_slow_reader_gets_all_of_the_answer(server: Server) -> None:
    """It takes longer than a client may stand still."""
    came, began = 0, time.monotonic()
    with slow_reader(server) as sock:
        while data := sock.recv(256 * 1024):
            came += len(data)
            if time.monotonic() < began + 2 * SEND_TIMEOUT_S:
                time.sleep(0.05)
    assert time.monotonic() - began > 2 * SEND_TIMEOUT_S
    assert LONG_BYTES < came < LONG_BYTES + 2_000


def test_who_takes_nothing_in_is_left(server: Server) -> None:
    with slow_reader(server) as sock:
        time.sleep(SEND_TIMEOUT_S + 3)
        came = 0
        try:
            while data := sock.recv(2**20):
                came += len(data)
        except ConnectionResetError:
            pass
    assert came < LONG_BYTES


def test_a_connection_goes_on_after_a_long_answer(server: Server) -> None:
    with server.connect() as sock:
        sock.sendall((GET % b"/long").replace(b"close", b"keep-alive") + GET % b"/healthz")
        time.sleep(0.5)
        found = answer(sock)
    assert found.status == 200
    assert len(found.body) > LONG_BYTES
    assert found.body[LONG_BYTES:].startswith(b"HTTP/1.1 200 OK")
    assert found.body.endswith(b"\r\n\r\nok\n")


def test_too_much_unsent_closes_who_holds_the_most(tmp_path: Path) -> None:
    made = Server(
        tmp_path, app="tests.server.long_answers:app", conf=f"server.worker.MAX_UNSENT_BYTES = {2 * LONG_BYTES}\n"
    )
    try:
        with ExitStack() as opened:
            readers = [opened.enter_context(slow_reader(made, room=4_000_000)) for _ in range(6)]
            time.sleep(1)
            assert made.send_raw(GET % b"/healthz").status == 200
            # All at once: whoever waited for the others' reading might stand still for longer than a client may.
            with ThreadPoolExecutor(len(readers)) as pool:
                assert {size == LONG_BYTES for size in pool.map(_read, readers)} == {False, True}
    finally:
        made.stop()


def _read(sock: socket.socket) -> int:
    try:
        return len(answer(sock).body)
    except ConnectionResetError:
        return 0

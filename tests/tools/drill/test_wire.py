"""A wire passes frames on, and when it is cut the server has done what it was asked and nobody hears of it."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tools.drill.cuts import REQUESTS
from tools.drill.wire import KAFKA, MONGO, Dialect, Wire


class Server:
    """Notes the requests it gets, and answers each with its number and its own words."""

    def __init__(self, dialect: Dialect, words: bytes = b"done") -> None:
        self.heard: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self.listener.getsockname()
        self.words = words
        self._dialect = dialect
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            for frame in self._dialect.frames(client):
                self.heard.append(frame)
                client.sendall(answer(self._dialect, frame[self._dialect.asked], self.words))


def answer(dialect: Dialect, number: bytes, words: bytes) -> bytes:
    if dialect is MONGO:
        return struct.pack("<i", 16 + len(words)) + b"\0\0\0\0" + number + b"\0\0\0\0" + words
    return struct.pack(">i", 4 + len(words)) + number + words


def mongo(number: int, words: bytes) -> bytes:
    return struct.pack("<iiii", 16 + len(words), number, 0, 2013) + words


def kafka(number: int, kind: int, words: bytes = b"") -> bytes:
    return struct.pack(">ihhi", 8 + len(words), kind, 9, number) + words


INSERT = b"\x02insert\0\x08\0\0\0commits\0"
FIND = b"\x02find\0\x08\0\0\0commits\0"


@pytest.fixture
def store() -> Iterator[tuple[Server, Wire]]:
    server = Server(MONGO)
    wire = Wire(server.address, MONGO)
    yield server, wire
    wire.close()
    server.listener.close()


def ask(wire: Wire, request: bytes, dialect: Dialect = MONGO) -> bytes | None:
    """The answer, None where the connection breaks before it comes."""
    with socket.create_connection(("127.0.0.1", wire.port), 5) as client:
        client.sendall(request)
        return next(dialect.frames(client), None)


@contextlib.contextmanager
def cutting(wire: Wire, dark: bool = False) -> Iterator[None]:
    """While the block runs an append is to be cut; at its end it has been."""
    with ThreadPoolExecutor(1) as pool:
        cut = pool.submit(wire.cut, REQUESTS["an append"], 10.0, dark)
        while wire._trap is None:
            time.sleep(0.001)
        yield
        assert cut.result()


def test_what_is_not_cut_is_answered(store: tuple[Server, Wire]) -> None:
    server, wire = store
    assert ask(wire, mongo(7, INSERT)) == answer(MONGO, struct.pack("<i", 7), b"done")
    assert server.heard == [mongo(7, INSERT)]


def test_a_cut_lets_the_request_through_and_keeps_its_answer(store: tuple[Server, Wire]) -> None:
    server, wire = store
    with cutting(wire):
        assert ask(wire, mongo(1, FIND)) is not None
        assert ask(wire, mongo(2, INSERT)) is None
    assert server.heard[-1] == mongo(2, INSERT)
    assert ask(wire, mongo(2, INSERT)) is not None


def test_only_the_answer_to_that_very_request_is_kept(store: tuple[Server, Wire]) -> None:
    _, wire = store
    with cutting(wire), socket.create_connection(("127.0.0.1", wire.port), 5) as client:
        client.sendall(mongo(1, FIND) + mongo(2, INSERT))
        assert [frame[8:12] for frame in MONGO.frames(client)] == [struct.pack("<i", 1)]


def test_nothing_is_cut_where_no_such_request_comes(store: tuple[Server, Wire]) -> None:
    _, wire = store
    assert not wire.cut(REQUESTS["an append"], 0.05)


def test_a_dark_wire_refuses_everybody_until_it_is_mended(store: tuple[Server, Wire]) -> None:
    _, wire = store
    with socket.create_connection(("127.0.0.1", wire.port), 5) as other:
        other.sendall(mongo(1, FIND))
        assert next(MONGO.frames(other))
        with cutting(wire, dark=True):
            ask(wire, mongo(2, INSERT))
        assert other.recv(1) == b""
    assert ask(wire, mongo(3, FIND)) is None
    wire.mend()
    assert ask(wire, mongo(4, FIND)) is not None


def test_kafka_is_found_at_the_wire_s_own_address() -> None:
    server = Server(KAFKA)
    server.words = b"host " + b"127.0.0.1" + struct.pack(">i", server.address[1])
    wire = Wire(server.address, KAFKA)
    found = ask(wire, kafka(1, kind=3), KAFKA)
    assert found is not None
    assert found.endswith(b"127.0.0.1" + struct.pack(">i", wire.port))
    wire.close()
    server.listener.close()


def test_requests_to_kafka_are_known_by_their_number() -> None:
    assert REQUESTS["messages"](kafka(1, kind=0))
    assert not REQUESTS["messages"](kafka(1, kind=1))
    assert REQUESTS["a fetch"](kafka(1, kind=1))
    assert REQUESTS["a heartbeat"](kafka(1, kind=12))

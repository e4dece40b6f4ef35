"""A proxy passes frames on; where it drops a response the server has done what it was asked and nobody hears of it."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tools.drill.dropped_responses import REQUESTS
from tools.drill.fault_proxy import KAFKA, MONGO, FaultProxy, Framing


class Server:
    """Notes the requests it gets, and answers each with its number and its own words."""

    def __init__(self, framing: Framing, words: bytes = b"done") -> None:
        self.heard: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self.listener.getsockname()
        self.words = words
        self._framing = framing
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
            for frame in self._framing.frames(client):
                self.heard.append(frame)
                client.sendall(answer(self._framing, frame[self._framing.request_id], self.words))


def answer(framing: Framing, number: bytes, words: bytes) -> bytes:
    if framing is MONGO:
        return struct.pack("<i", 16 + len(words)) + b"\0\0\0\0" + number + b"\0\0\0\0" + words
    return struct.pack(">i", 4 + len(words)) + number + words


def mongo(number: int, words: bytes) -> bytes:
    return struct.pack("<iiii", 16 + len(words), number, 0, 2013) + words


def kafka(number: int, kind: int, words: bytes = b"") -> bytes:
    return struct.pack(">ihhi", 8 + len(words), kind, 9, number) + words


INSERT = b"\x02insert\0\x08\0\0\0commits\0"
FIND = b"\x02find\0\x08\0\0\0commits\0"


@pytest.fixture
def store() -> Iterator[tuple[Server, FaultProxy]]:
    server = Server(MONGO)
    proxy = FaultProxy(server.address, MONGO)
    yield server, proxy
    proxy.close()
    server.listener.close()


def ask(proxy: FaultProxy, request: bytes, framing: Framing = MONGO) -> bytes | None:
    """The answer, None where the connection breaks before it comes."""
    with socket.create_connection(("127.0.0.1", proxy.port), 5) as client:
        client.sendall(request)
        return next(framing.frames(client), None)


@contextlib.contextmanager
def dropping(proxy: FaultProxy, unreachable: bool = False) -> Iterator[None]:
    """While the block runs the response to an append is to be dropped; at its end it has been."""
    with ThreadPoolExecutor(1) as pool:
        dropped = pool.submit(proxy.drop_response, REQUESTS["append"], 10.0, unreachable)
        while not proxy.is_armed:
            time.sleep(0.001)
        yield
        assert dropped.result()


def test_other_requests_are_answered(store: tuple[Server, FaultProxy]) -> None:
    server, proxy = store
    assert ask(proxy, mongo(7, INSERT)) == answer(MONGO, struct.pack("<i", 7), b"done")
    assert server.heard == [mongo(7, INSERT)]


def test_a_drop_lets_the_request_through_and_keeps_its_response(store: tuple[Server, FaultProxy]) -> None:
    server, proxy = store
    with dropping(proxy):
        assert ask(proxy, mongo(1, FIND)) is not None
        assert ask(proxy, mongo(2, INSERT)) is None
    assert server.heard[-1] == mongo(2, INSERT)
    assert ask(proxy, mongo(2, INSERT)) is not None


def test_only_the_response_to_that_very_request_is_dropped(store: tuple[Server, FaultProxy]) -> None:
    _, proxy = store
    with dropping(proxy), socket.create_connection(("127.0.0.1", proxy.port), 5) as client:
        client.sendall(mongo(1, FIND) + mongo(2, INSERT))
        assert [frame[8:12] for frame in MONGO.frames(client)] == [struct.pack("<i", 1)]


def test_nothing_is_dropped_where_no_such_request_comes(store: tuple[Server, FaultProxy]) -> None:
    _, proxy = store
    assert not proxy.drop_response(REQUESTS["append"], 0.05)


def test_an_unreachable_proxy_refuses_everybody_until_it_is_restored(store: tuple[Server, FaultProxy]) -> None:
    _, proxy = store
    with socket.create_connection(("127.0.0.1", proxy.port), 5) as other:
        other.sendall(mongo(1, FIND))
        assert next(MONGO.frames(other))
        with dropping(proxy, unreachable=True):
            ask(proxy, mongo(2, INSERT))
        assert other.recv(1) == b""
    assert ask(proxy, mongo(3, FIND)) is None
    proxy.restore()
    assert ask(proxy, mongo(4, FIND)) is not None


def test_kafka_is_found_at_the_proxy_s_own_address() -> None:
    server = Server(KAFKA)
    server.words = b"host " + b"127.0.0.1" + struct.pack(">i", server.address[1])
    proxy = FaultProxy(server.address, KAFKA)
    found = ask(proxy, kafka(1, kind=3), KAFKA)
    assert found is not None
    assert found.endswith(b"127.0.0.1" + struct.pack(">i", proxy.port))
    proxy.close()
    server.listener.close()


def test_requests_to_kafka_are_known_by_their_number() -> None:
    assert REQUESTS["produce"](kafka(1, kind=0))
    assert not REQUESTS["produce"](kafka(1, kind=1))
    assert REQUESTS["fetch"](kafka(1, kind=1))
    assert REQUESTS["heartbeat"](kafka(1, kind=12))

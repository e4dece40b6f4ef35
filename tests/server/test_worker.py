"""What gunicorn refuses by itself comes as problem details too, and nobody slow keeps others waiting."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.processor_time import least_seconds
from tests.server.served import BODY_TIMEOUT_S, HEAD_TIMEOUT_S, Answer, Server, answer, parsed

pytestmark = pytest.mark.slow

HOST = b"Host: a.example\r\nConnection: close\r\n"
GET = b"GET /api/v1/posts HTTP/1.1\r\n"
POST = b"POST /api/v1/tokens HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
LONG = b"GET /api/v1/posts?q=" + b"x" * 9_000
BOTH = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
HTOB = b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("served"))
    yield made
    made.stop()


REFUSED: list[tuple[str, bytes, int, str]] = [
    ("a long address", LONG + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414, "address-too-long"),
    ("an address without end", b"GET /api/v1/posts?q=" + b"x" * 100_000, 414, "address-too-long"),
    ("many headers", GET + HOST + b"X: y\r\n" * 200 + b"\r\n", 431, "headers-too-large"),
    ("a large header", GET + HOST + b"X: " + b"y" * 9_000 + b"\r\n\r\n", 431, "headers-too-large"),
    ("headers without end", GET + HOST + b"X: y\r\n" * 30_000, 431, "headers-too-large"),
    ("no host", GET + b"\r\n", 400, "malformed"),
    ("two hosts", GET + b"Host: a\r\nHost: b\r\n\r\n", 400, "malformed"),
    ("a host that is none", GET + b"Host: a b\r\n\r\n", 400, "malformed"),
    ("a host with a path", GET + b"Host: a/b\r\n\r\n", 400, "malformed"),
    ("a method in small letters", b"get /api/v1/posts HTTP/1.1\r\n" + HOST + b"\r\n", 400, "malformed"),
    ("an unknown method", b"BREW /api/v1/posts HTTP/1.1\r\n" + HOST + b"\r\n", 405, "method-not-allowed"),
    ("HTTP/2 by mistake", b"GET /api/v1/posts HTTP/2.0\r\n" + HOST + b"\r\n", 400, "malformed"),
    ("HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "malformed"),
    ("TLS by mistake", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "malformed"),
    ("bare line feeds", b"GET /api/v1/posts HTTP/1.1\nHost: a\n\n", 400, "malformed"),
    ("an address with signs", b"GET /api/v1/p\xc3\xb6sts HTTP/1.1\r\n" + HOST + b"\r\n", 400, "malformed"),
    ("no address", b"GET  HTTP/1.1\r\n" + HOST + b"\r\n", 400, "malformed"),
    ("a header without a colon", GET + HOST + b"bad\r\n\r\n", 400, "malformed"),
    ("a blank before the colon", GET + HOST + b"X : y\r\n\r\n", 400, "malformed"),
    ("a NUL in a header", GET + HOST + b"X: a\0b\r\n\r\n", 400, "malformed"),
    ("a folded header", GET + HOST + b"X: a\r\n b\r\n\r\n", 400, "malformed"),
    ("a length and chunks", POST + BOTH + b"0\r\n\r\n", 400, "malformed"),
    ("chunks and a length", POST + HTOB + b"0\r\n\r\n", 400, "malformed"),
    ("two lengths", POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", 400, "malformed"),
    ("one length twice", POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400, "malformed"),
    ("a list of lengths", POST + b"Content-Length: 2, 2\r\n\r\n{}", 400, "malformed"),
    ("a negative length", POST + b"Content-Length: -2\r\n\r\n{}", 400, "malformed"),
    ("a signed length", POST + b"Content-Length: +2\r\n\r\n{}", 400, "malformed"),
    ("chunks of HTTP/1.0", CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + b"0\r\n\r\n", 400, "malformed"),
    ("chunks within chunks", POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400, "malformed"),
    ("chunks in disguise", POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501, "transfer-coding"),
    ("gzip without chunks", POST + b"Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n", 400, "malformed"),
    ("a chunk of no size", CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n", 400, "malformed"),
    ("a chunk longer than it says", CHUNKED + b"2\r\n{}XX0\r\n\r\n", 400, "malformed"),
    ("chunks with bare line feeds", CHUNKED + b"2\n{}\n0\n\n", 400, "malformed"),
    ("a chunk of a huge size", CHUNKED + b"f" * 20_000, 400, "malformed"),
    ("a broken trailer", CHUNKED + b"2\r\n{}\r\n0\r\nbad\n\r\n", 400, "malformed"),
    ("chunks without end", CHUNKED + (b"10000\r\n" + b"x" * 65_536 + b"\r\n") * 30, 413, "too-large"),
    ("a chunk too large to wait for", CHUNKED + b"ffffffffff\r\n", 413, "too-large"),
    ("ten megabytes", POST + b"Content-Length: 10000000\r\n\r\n" + b"x" * 200_000, 413, "too-large"),
    ("great expectations", POST + b"Expect: miracles\r\nContent-Length: 2\r\n\r\n{}", 417, "expectation-failed"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "status", "slug"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_no_request_is_refused_with_a_problem(server: Server, raw: bytes, status: int, slug: str) -> None:
    found = server.send_raw(raw)
    assert (found.status, found.headers["Content-Type"]) == (status, "application/problem+json"), found
    assert (found.json["status"], found.json["type"]) == (status, f"/api/problems/{slug}")
    assert found.json["request_id"] == found.headers["X-Request-ID"]
    assert not [word for word in ("gunicorn", "Python", "Traceback", "Invalid HTTP") if word in found.body.decode()]
    assert len(found.body) < 1_000


def test_a_smuggled_request_is_not_answered(server: Server) -> None:
    hidden = b"GET /api/v1/tags HTTP/1.1\r\n" + HOST + b"\r\n"
    for coded in (
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\n\r\n",
    ):
        found = server.send_raw(POST.replace(b"Connection: close", b"Connection: keep-alive") + coded + hidden)
        assert found.body.count(b"HTTP/1.1") == 0
        assert found.headers["Connection"] == "close"


def test_a_page_is_refused_with_a_page(server: Server) -> None:
    found = server.send_raw(b"GET /search HTTP/1.1\r\n" + HOST + b"bad\r\n\r\n")
    assert (found.status, found.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert b"<h1>" in found.body


def test_a_refusal_is_logged_under_its_id(server: Server) -> None:
    id = server.send_raw(GET + b"\r\n").headers["X-Request-ID"]
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if id in line]
    assert [(line["status"], line["why"]) for line in lines] == [(400, "HostMissing")]


def test_every_call_is_logged(server: Server) -> None:
    id = server.send_raw(b"GET /api/v1/nowhere HTTP/1.1\r\n" + HOST + b"\r\n").headers["X-Request-ID"]
    (line,) = [json.loads(line) for line in server.log.read_text().splitlines() if id in line]
    assert (line["event"], line["path"], line["status"]) == ("request", "/api/v1/nowhere", 404)


WHOLE: list[tuple[str, bytes]] = [
    ("of a length", b"Content-Length: 2\r\n\r\n{}"),
    ("in chunks", b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;a=b\r\n}\r\n0\r\nX-Trailer: y\r\n\r\n"),
]


@pytest.mark.parametrize("body", [row[1] for row in WHOLE], ids=[row[0] for row in WHOLE])
@pytest.mark.parametrize("pieces", [1, 3, 1_000])
def test_a_body_comes_in_any_pieces(server: Server, body: bytes, pieces: int) -> None:
    raw = POST + body
    step = max(1, len(raw) // pieces)
    with server.connect() as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(raw), step):
            sock.sendall(raw[at : at + step])
        found = answer(sock)
    assert (found.status, found.json["type"]) == (422, "/api/problems/invalid")


def test_two_requests_in_one_piece_get_two_answers(server: Server) -> None:
    first = b"GET /api/v1/tags HTTP/1.1\r\nHost: a\r\n\r\n"
    found = server.send_raw(first + b"GET /api/v1/nowhere HTTP/1.1\r\n" + HOST + b"\r\n")
    assert found.status == 200
    assert parsed(found.body[found.body.index(b"HTTP/1.1") :]).status == 404


def test_leave_to_send_a_body_is_given(server: Server) -> None:
    with server.connect() as sock:
        sock.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert sock.recv(1_000).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        sock.sendall(b"{}")
        assert b" 422 " in _last(sock)


def _last(sock: socket.socket) -> bytes:
    came = b""
    while data := sock.recv(65_536):
        came += data
    return came


SLOW: list[tuple[str, bytes, float]] = [
    ("heads", GET + b"Host: a\r\nX: ", HEAD_TIMEOUT_S),
    ("first lines", b"GET /api", HEAD_TIMEOUT_S),
    ("bodies of a length", POST + b'Content-Length: 9000\r\n\r\n{"handle": "', BODY_TIMEOUT_S),
    ("bodies in chunks", CHUNKED + b"2000\r\n", BODY_TIMEOUT_S),
    ("trailers", CHUNKED + b"2\r\n{}\r\n0\r\nX: ", BODY_TIMEOUT_S),
]


@pytest.mark.parametrize(("raw", "patience"), [row[1:] for row in SLOW], ids=[row[0] for row in SLOW])
def test_slow_clients_keep_nobody_waiting(server: Server, raw: bytes, patience: float) -> None:
    with ExitStack() as opened:
        slow = [opened.enter_context(server.connect()) for _ in range(40)]
        for sock in slow:
            sock.sendall(raw)
        began, served = time.monotonic(), 0
        while time.monotonic() < began + patience * 0.7:
            assert server.send_raw(GET + HOST + b"\r\n").status == 200
            served += 1
            for sock in slow:
                sock.send(b"x")
        assert served > 3, "a busy machine serves fewer, one that waits for them none"
        for sock in slow:
            found = _slow_answer(sock)
            assert (found.status, found.json["type"]) == (408, "/api/problems/too-slow")
    assert time.monotonic() - began < patience + 5


def _slow_answer(sock: socket.socket) -> Answer:
    sock.settimeout(10)
    return answer(sock)


def test_who_says_nothing_keeps_nobody_waiting(server: Server) -> None:
    with ExitStack() as opened:

        def beside_silent_ones() -> None:
            silent.extend(opened.enter_context(server.connect()) for _ in range(40))
            assert server.send_raw(GET + HOST + b"\r\n").status == 200

        silent: list[socket.socket] = []
        assert least_seconds(beside_silent_ones, HEAD_TIMEOUT_S) < HEAD_TIMEOUT_S
        assert {sock.recv(100) for sock in silent} == {b""}


def test_who_does_not_close_keeps_nobody_waiting(server: Server) -> None:
    """gunicorn's own loop would wait two seconds for each."""
    with ExitStack() as opened:

        def beside_lingering_ones() -> None:
            for _ in range(20):
                opened.enter_context(server.connect()).sendall(GET + HOST + b"bad\r\n\r\n")
            assert server.send_raw(GET + HOST + b"\r\n").status == 200

        assert least_seconds(beside_lingering_ones, 1) < 1


def test_who_is_half_way_is_no_hindrance_to_a_stop(tmp_path: Path) -> None:
    made = Server(tmp_path)
    with made.connect() as idle, made.connect() as half:
        half.sendall(b"GET /")
        assert made.send_raw(GET + HOST + b"\r\n").status == 200
        began = time.monotonic()
        made.stop()
        assert time.monotonic() - began < 8
        idle.settimeout(5)
        assert idle.recv(10) == b""
    assert made.process.returncode == 0

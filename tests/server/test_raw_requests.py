"""A fuzz of raw requests: whatever comes, one request has one answer at the most, and nothing breaks."""

import json
import random
import re
import socket
from collections.abc import Iterator

import pytest

from tests.server.served import Server

pytestmark = pytest.mark.slow

CASES = 300
HEAD = b"%b %b HTTP/1.1\r\nHost: a.example\r\n%bContent-Type: application/json\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
TARGETS = ((b"POST", b"/api/v1/tokens"), (b"GET", b"/api/v1/posts"), (b"POST", b"/login"), (b"PUT", b"/api/v1/nowhere"),
           (b"GET", b"/healthz"), (b"DELETE", b"/static/nothing"))  # fmt: skip
RUBBISH = (b"bad", b"bad\n", b"\0", b": y", b"a b: c", b"X : y", b"X: a\0b", b"Content-Length: 5", b"0", b"\r", b"\xff",
           b"X: y\n", b"GET", b"x" * 9_000, b"\r\n0\r\n", b";a", b"-1", b"1 ", b"0x1", b"+1", b"\t")  # fmt: skip
ANSWER = re.compile(rb"HTTP/1\.1 (\d{3}) ")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("served"))
    yield made
    made.stop()


def statuses(server: Server, raw: bytes) -> list[int]:
    """Of all answers that came until the server closed; the client has said that it sends no more."""
    with server.connect() as sock:
        sock.settimeout(60)
        try:
            sock.sendall(raw)
            sock.shutdown(socket.SHUT_WR)
            came = b""
            while data := sock.recv(65_536):
                came += data
        except ConnectionError:
            return []
    return [int(status) for status in ANSWER.findall(came)]


ENDINGS: list[tuple[str, bytes]] = [
    ("a trailer without a colon", b"0\r\nbad\r\n\r\n"),
    ("a trailer with a blank before its colon", b"0\r\nX : y\r\n\r\n"),
    ("a trailer without a name", b"0\r\n: y\r\n\r\n"),
    ("a NUL in a trailer", b"0\r\nX: a\0b\r\n\r\n"),
    ("a folded trailer", b"0\r\nX: a\r\n b\r\n\r\n"),
    ("a request in the trailer", b"0\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("rubbish behind the end", b"0\r\n\r\nrubbish"),
    ("a line of rubbish behind the end", b"0\r\n\r\nrubbish\r\n\r\n"),
    ("a chunk behind the end", b"0\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"),
    ("a bare line feed", b"0\r\nX: y\n\r\n\r\n"),
    ("many trailers", b"0\r\n" + b"X: y\r\n" * 200 + b"\r\n"),
]


@pytest.mark.parametrize("ending", [row[1] for row in ENDINGS], ids=[row[0] for row in ENDINGS])
@pytest.mark.parametrize(("method", "path"), TARGETS, ids=[path.decode() for _, path in TARGETS])
def test_one_request_in_chunks_has_one_answer(server: Server, method: bytes, path: bytes, ending: bytes) -> None:
    raw = HEAD % (method, path, CHUNKED) + b"2\r\n{}\r\n" + ending
    found = statuses(server, raw)
    assert len(found) == 1, found
    assert found[0] < 500


def test_nothing_is_carried_out_whose_body_is_broken(server: Server) -> None:
    found = statuses(server, HEAD % (b"GET", b"/healthz", CHUNKED) + b"2\r\n{}\r\n0\r\nbad\r\n\r\n")
    assert found == [400]


def test_a_whole_request_behind_another_is_answered(server: Server) -> None:
    head = HEAD % (b"GET", b"/healthz", b"")
    assert statuses(server, HEAD % (b"GET", b"/healthz", CHUNKED) + b"2\r\n{}\r\n0\r\n\r\n" + head) == [200, 200]


def test_mutated_requests_have_one_answer_at_the_most(server: Server) -> None:
    """A request that is mutated can't become two: none of the pieces holds another request line."""
    dice = random.Random(14)
    for case in range(CASES):
        raw = _mutated(dice)
        found = statuses(server, raw)
        assert len(found) <= 1, (case, raw, found)
        assert all(status < 500 or status == 501 for status in found), (case, raw, found)
    assert statuses(server, HEAD % (b"GET", b"/healthz", b"Connection: close\r\n")) == [200]


def test_no_case_left_a_traceback(server: Server) -> None:
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    assert [line for line in lines if "exception" in line or line.get("level") == "error"] == []
    assert "Traceback" not in server.log.read_text()


def _mutated(dice: random.Random) -> bytes:
    method, path = dice.choice(TARGETS)
    if dice.random() < 0.7:
        raw = HEAD % (method, path, CHUNKED) + b"1\r\n{\r\n1;a=b\r\n}\r\n0\r\nX-Trailer: y\r\n\r\n"
    else:
        raw = HEAD % (method, path, b"Content-Length: 2\r\n") + b"{}"
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(raw))
        match dice.randrange(4):
            case 0:
                raw = raw[:at] + dice.choice(RUBBISH) + raw[at:]
            case 1:
                raw = raw[:at] + raw[at + dice.randint(1, 8) :]
            case 2:
                raw = raw[:at] + bytes([dice.randrange(256)]) + raw[at + 1 :]
            case 3:
                raw += dice.choice(RUBBISH)
    return raw

"""What server/worker.py and server/gunicorn_conf.py build on in gunicorn, name by name: run against each new version.

What they make of it is shown by test_worker.py, on a real gunicorn.
"""

import inspect
import re
import runpy
import socket
from collections.abc import Iterator
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from gunicorn import util
from gunicorn.asgi.parser import ParseError, PythonProtocol
from gunicorn.config import Config
from gunicorn.http import get_parser, wsgi
from gunicorn.http.body import Body
from gunicorn.http.errors import NoMoreData
from gunicorn.http.message import Request
from gunicorn.http.unreader import SocketUnreader
from gunicorn.http.wsgi import Response
from gunicorn.workers.gthread import TConn, ThreadWorker

from server.answer_writer import AnswerWriter
from server.worker import Worker

ROOT = Path(__file__).parents[2]
METHODS: list[tuple[type, str, list[str]]] = [
    (ThreadWorker, "init_process", []),
    (ThreadWorker, "enqueue_req", ["conn"]),
    (ThreadWorker, "finish_request", ["conn", "fs"]),
    (ThreadWorker, "murder_pending", []),
    (ThreadWorker, "handle_request", ["req", "conn"]),
    (ThreadWorker, "handle_error", ["req", "client", "addr", "exc"]),
    (TConn, "init", []),
    (SocketUnreader, "take_buffered", []),
    (SocketUnreader, "unread", ["data"]),
    (Request, "force_close", []),
    (PythonProtocol, "feed", ["data"]),
    (Body, "read", ["size"]),
    (Response, "write", ["arg"]),
]
LIMITS = {"limit_request_line", "limit_request_fields", "limit_request_field_size"}


@pytest.fixture
def conn() -> Iterator[TConn]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield TConn(Config(), ours, ("192.0.2.1", 1), ("192.0.2.2", 80))


def test_the_requirements_name_the_major_version_that_is_installed() -> None:
    major = int(version("gunicorn").partition(".")[0])
    lines = (ROOT / "requirements.in").read_text().splitlines()
    assert f"gunicorn>={major},<{major + 1}" in [re.sub(r"\s*#.*", "", line) for line in lines]


@pytest.mark.parametrize(
    ("owner", "name", "parameters"), METHODS, ids=[f"{owner.__name__}.{name}" for owner, name, _ in METHODS]
)
def test_a_method_is_called_as_before(owner: type, name: str, parameters: list[str]) -> None:
    assert list(inspect.signature(getattr(owner, name)).parameters) == ["self", *parameters]


def test_a_worker_counts_connections_and_polls_by_the_names_that_ours_uses() -> None:
    worker = Worker(0, 0, [], None, 0, Config(), None)
    worker.tmp.close()
    assert (worker.nr_conns, worker.poller, worker.alive) == (0, None, True)


def test_a_connection_gives_its_socket_its_client_and_what_its_parser_reads_from(conn: TConn) -> None:
    conn.init()
    conn.parser.unreader.unread(b"GET / HTTP/1.1\r\n")
    assert (conn.client, conn.parser.unreader.take_buffered()) == (("192.0.2.1", 1), b"GET / HTTP/1.1\r\n")
    assert isinstance(conn.sock, socket.socket)


def test_a_request_has_the_fields_that_are_judged_and_can_be_made_the_last(conn: TConn) -> None:
    conn.init()
    conn.parser.unreader.unread(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
    request = next(conn.parser)
    assert (request.method, request.uri, request.version, request.headers) == ("GET", "/x", (1, 1), [("HOST", "a")])
    assert not request.should_close()
    request.force_close()
    assert request.should_close()


def test_a_parser_of_bytes_alone_never_waits_and_takes_another_body(conn: TConn) -> None:
    raw = b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}"
    parser = get_parser(conn.cfg, iter([raw]), conn.client)
    request = next(parser)
    with pytest.raises(NoMoreData):
        request.body.read()
    request.body = Body(BytesIO(b"{}"))
    assert (request.body.read(), parser.finish_body()) == (b"{}", True)


def test_an_answer_is_written_by_sendall_to_what_stands_in_for_the_socket(conn: TConn) -> None:
    """And by nothing that server/answer_writer.py lacks."""
    named = set(re.findall(r"\bsock\.(\w+)\(", inspect.getsource(wsgi) + inspect.getsource(util.close_graceful)))
    assert named - {name for name in dir(AnswerWriter) if not name.startswith("_")} == set()


def test_the_push_parser_takes_our_callbacks_and_limits() -> None:
    assert {"on_header", "on_headers_complete", *LIMITS} <= inspect.signature(PythonProtocol).parameters.keys()


@pytest.mark.parametrize("skip", [True, False])
def test_the_push_parser_says_when_a_request_is_complete(skip: bool) -> None:
    seen: list[Any] = []

    def complete_head() -> bool:
        seen.append("head")
        return skip

    parser = PythonProtocol(on_header=lambda *header: seen.append(header), on_headers_complete=complete_head)
    parser.feed(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n")
    assert (seen, parser.is_complete) == ([(b"content-length", b"2")], False)
    parser.feed(b"\r\n")
    assert (seen[-1], parser.content_length, parser.is_chunked, parser.is_complete) == ("head", 2, False, skip)
    parser.feed(b"{}")
    assert parser.is_complete


def test_the_push_parser_refuses_by_its_own_error() -> None:
    with pytest.raises(ParseError):
        PythonProtocol().feed(b"nonsense\r\n")


def test_every_setting_of_ours_is_one_of_gunicorns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """gunicorn passes over names that it doesn't know."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "put back afterwards")
    conf = runpy.run_path(str(ROOT / "server" / "gunicorn_conf.py"))
    modules = {name for name, value in conf.items() if inspect.ismodule(value)}
    ours = {name for name in conf if name.islower() and not name.startswith("_")} - modules
    assert ours - Config().settings.keys() == set()
    assert {"worker_class", "control_socket_disable", "child_exit"} <= ours

"""A site without pages that delivers when told to, and a real receiver beside it."""

import os
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from domain import ids
from domain.signing import SiteKeys
from domain.webhook import AddWebhook
from eventstore.codec import EventCodec
from eventstore.mongo.store import MongoEventStore
from operational import webhook_cursor
from operational import webhook_deliveries as deliveries
from operational.tables import webhook_deliveries
from operational.webhook_deliveries import Delivery
from tests.projector.conftest import Backend
from tests.servers import mongo_database
from webhooks.client import Client
from webhooks.dispatcher import Dispatcher
from webhooks.follower import Follower
from webhooks.sender import Sender

ROOT = Path(__file__).parents[2]
SITE_KEY = "a key for tests"


class Received(msgspec.Struct, frozen=True):
    """One request that a receiver got."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


Respond = Callable[[BaseHTTPRequestHandler], None]


def respond(status: int, body: bytes = b"", **headers: str) -> Respond:
    """headers are written with _ for -."""

    def write(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return write


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is nothing to tell."""


class Receiver:
    """Keeps the requests that it gets; responses are given in turn, the last one for ever."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.requests: list[Received] = []
        self.responses: list[Respond] = [respond(204)]
        self.closed = threading.Event()
        lock, receiver = threading.Lock(), self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                request = Received(self.path, dict(self.headers), self.rfile.read(length))
                self.close_connection = True
                if len(request.body) == length:  # otherwise its sender died over it
                    with lock:
                        receiver.requests.append(request)
                        write = receiver.responses.pop(0) if len(receiver.responses) > 1 else receiver.responses[0]
                    write(self)

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            plain = self._server.socket
            self._server.socket = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hook"

    def hang(self, _handler: BaseHTTPRequestHandler) -> None:
        """Never responds."""
        self.closed.wait(30)

    def drip(self, handler: BaseHTTPRequestHandler) -> None:
        """Sends a byte of its headers now and then."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not self.closed.wait(0.05):
            handler.wfile.write(b"x")

    def close(self) -> None:
        self.closed.set()
        self._server.shutdown()
        self._server.server_close()


class WebhookSite(Backend):
    """ann and bob, and what a webhooks process is made of."""

    def __init__(self, folder: Path, store: MongoEventStore | None = None) -> None:
        super().__init__(folder, store)
        self.control = self.generations.control
        self.follower = self.new_follower()
        self.sender = Sender(self.bus, self.control, Client(private=True, timeout_s=20), SiteKeys(SITE_KEY))
        self.dispatcher = self.new_dispatcher()
        self.register("ann", "bob")

    def new_follower(self) -> Follower:
        return Follower(self.store, EventCodec(), self.control)

    def new_dispatcher(self) -> Dispatcher:
        return Dispatcher(self.new_follower(), self.sender, self.control)

    def add_webhook(self, url: str, *kinds: str, handle: str = "ann") -> str:
        id = ids.uuid7()
        self.send(AddWebhook(handle=handle, webhook=id, url=url, kinds=kinds), handle)
        return id

    def deliver(self) -> None:
        """As many rounds as there is something due, each to the end of its calls."""
        self.dispatcher.step()
        self.dispatcher.wait()
        while deliveries.ready(self.control, ids.now()):
            self.dispatcher.step()
            self.dispatcher.wait()

    def queue(self, webhook: str, state: Any = None) -> list[Delivery]:
        """Newest first."""
        return deliveries.listed(self.control, webhook, state, limit=100).items

    def states(self, webhook: str) -> list[str]:
        return [one.state for one in self.queue(webhook)]

    def change_rows(self, *where: Any, **columns: Any) -> None:
        with self.control.begin() as connection:
            connection.execute(update(webhook_deliveries).where(*where).values(columns))

    def make_due(self) -> None:
        """Time passes: whatever waits is due, and claims have run out."""
        self.change_rows(webhook_deliveries.c.state == "waiting", due_at=ids.now())

    def followed(self) -> bool:
        """Whether everything that is stored is queued."""
        return webhook_cursor.position(self.control) == self.store.head()[0]


class Program:
    """A Python program with its output in a file."""

    def __init__(self, folder: Path, arguments: tuple[str, ...], settings: dict[str, str]) -> None:
        self._log = folder / "program.log"
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=os.environ | settings, stdout=log, stderr=log
            )

    def output(self) -> str:
        return self._log.read_text()

    def end(self, number: int) -> int:
        """Its exit code, once it has had this signal."""
        self.process.send_signal(number)
        return self.process.wait(15)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Starts a program with these arguments and settings; it is killed at the end."""
    started: list[Program] = []

    def run(*arguments: str, **settings: str) -> Program:
        started.append(Program(tmp_path, arguments, settings))
        return started[-1]

    yield run
    for program in started:
        program.end(signal.SIGKILL)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebhookSite]:
    site = WebhookSite(tmp_path)
    yield site
    site.close()


@pytest.fixture
def mongo_url() -> Iterator[str]:
    with mongo_database() as url:
        yield url


@pytest.fixture
def mongo_site(mongo_url: str, tmp_path: Path) -> Iterator[WebhookSite]:
    site = WebhookSite(tmp_path, MongoEventStore(mongo_url))
    yield site
    site.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()

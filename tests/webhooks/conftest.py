"""A site without pages, a deliverer that runs when told to, and a receiver on this machine that does as it is told."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from domain import ids
from domain.webhook import AddWebhook
from eventstore.codec import EventCodec
from operational import webhook_cursor as telling
from operational import webhook_deliveries as deliveries
from operational.tables import webhook_cursor, webhook_deliveries
from operational.webhook_deliveries import Delivery
from tests.projector.conftest import Backend
from webhooks.calling import Caller
from webhooks.delivering import THREADS, Deliverer
from webhooks.following import Follower
from webhooks.sending import Sender

SITE_KEY = "a key for tests"
LONG_AGO = "2020-01-01T00:00:00.000000Z"


class Told(msgspec.Struct, frozen=True):
    """One request that a receiver got."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        return msgspec.json.decode(self.body)


Says = Callable[["Told", BaseHTTPRequestHandler], None]


def answers(status: int, body: bytes = b"", **headers: str) -> Says:
    """headers are written with _ for -."""

    def say(_told: Told, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return say


class Receiver:
    """Keeps what it gets; says gives its answers in turn, the last one for ever."""

    def __init__(self) -> None:
        self.got: list[Told] = []
        self.says: list[Says] = [answers(204)]
        self.over = threading.Event()
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                told = Told(self.path, dict(self.headers), self.rfile.read(length))
                if len(told.body) < length:  # its sender died over it
                    self.close_connection = True
                    return
                with receiver._lock:
                    receiver.got.append(told)
                    say = receiver.says.pop(0) if len(receiver.says) > 1 else receiver.says[0]
                try:
                    say(told, self)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def hangs(self, told: Told, handler: BaseHTTPRequestHandler) -> None:
        """Answers never."""
        self.over.wait(30)

    def drips(self, told: Told, handler: BaseHTTPRequestHandler) -> None:
        """Sends a byte of its head now and then."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not self.over.wait(0.05):
            handler.wfile.write(b"x")

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Hooked(Backend):
    """ann and bob, and what a webhooks process is made of."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.control = self.generations.control
        self.caller = Caller(private=True, timeout_s=5.0)
        self.deliverer = self.new_deliverer(self.caller)
        self.pool = ThreadPoolExecutor(THREADS)
        self.register("ann", "bob")
        self.step()

    def new_deliverer(self, caller: Caller) -> Deliverer:
        """As in another process."""
        follower = Follower(self.store, EventCodec(), self.control)
        return Deliverer(follower, Sender(self.bus, self.control, caller, SITE_KEY), caller, self.control)

    def hook(self, url: str, *kinds: str, handle: str = "ann") -> str:
        id = ids.uuid7()
        self.send(AddWebhook(handle=handle, webhook=id, url=url, kinds=kinds), handle)
        return id

    def step(self) -> None:
        """One round of the loop, to the end of the calls that it makes."""
        self.deliverer.step(self.pool)
        self.deliverer.wait()

    def settle(self) -> None:
        """As many rounds as there is something due."""
        self.step()
        while deliveries.ready(self.control, ids.now()):
            self.step()

    def queue(self, webhook: str, state: Any = None) -> list[Delivery]:
        """Newest first."""
        return deliveries.listed(self.control, webhook, state, limit=100).items

    def later(self) -> None:
        """Time passes: whatever waits is due."""
        with self.control.begin() as connection:
            waiting = webhook_deliveries.c.state == "waiting"
            connection.execute(update(webhook_deliveries).where(waiting).values(due_at=ids.now()))

    def cursor(self) -> int:
        return telling.begin(self.control, LONG_AGO).position

    def forget(self) -> None:
        """The process's own rows are lost."""
        with self.control.begin() as connection:
            connection.execute(webhook_cursor.delete())
            connection.execute(webhook_deliveries.delete())

    def close(self) -> None:
        self.pool.shutdown()
        super().close()


def eventually(condition: Callable[[], object], seconds: float = 40.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it didn't happen in time"
        time.sleep(0.01)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Hooked]:
    site = Hooked(tmp_path)
    yield site
    site.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()

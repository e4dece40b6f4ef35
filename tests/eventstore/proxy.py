"""A connection that can be cut where a test says: between a test's client and a real server."""

import contextlib
import socket
import threading
from collections.abc import Callable
from urllib.parse import urlsplit


class Proxy:
    """Passes bytes on, and breaks connections when told to. Listens on loopback."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._target = (place.hostname or "", place.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._address: tuple[str, int] = self._listener.getsockname()
        self.url = f"{place.scheme}://127.0.0.1:{self._address[1]}"
        self.cut = 0
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self._refusing = False
        self._swallow: bytes | None = None
        self._drop: bytes | None = None
        self._meanwhile: Callable[[], object] = lambda: None
        threading.Thread(target=self._listen, daemon=True).start()

    def swallow_answer_to(self, word: bytes) -> None:
        """Passes the next request with this word on, and cuts the connection once its answer comes."""
        self._swallow = word

    def drop_request_with(self, word: bytes, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Cuts the connection instead of passing the next request with this word on, after doing something else."""
        self._drop, self._meanwhile = word, meanwhile

    def refuse(self) -> None:
        self._refusing = True
        self.cut_all()

    def accept(self) -> None:
        self._refusing = False

    def cut_all(self) -> None:
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            _break(*pair)

    def close(self) -> None:
        self._listener.close()
        self.cut_all()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._refusing:
                    client.close()
                    continue
                server = socket.create_connection(self._target)
                with self._lock:
                    self._pairs.append((client, server))
                awaited = threading.Event()
                for work in (self._forward, self._back):
                    threading.Thread(target=work, args=(client, server, awaited), daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket, awaited: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                if self._drop is not None and self._drop in data:
                    self._drop = None
                    self._meanwhile()
                    self.cut += 1
                    break
                if self._swallow is not None and self._swallow in data:
                    self._swallow = None
                    awaited.set()
                server.sendall(data)
        _break(client, server)

    def _back(self, client: socket.socket, server: socket.socket, awaited: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 16):
                if awaited.is_set():
                    self.cut += 1
                    break
                client.sendall(data)
        _break(client, server)


def _break(*sockets: socket.socket) -> None:
    for one in sockets:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()

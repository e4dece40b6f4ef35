"""A wire between the site and a server, which can be cut between a request and its answer.

The request has got through by then and the server has done what it says; only the answer is thrown away, and the
connection closed. That is what a crash of a switch, or of a server after its commit, looks like to whoever asked.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import msgspec

LENGTH = 4
CONNECT_S = 5.0


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """How frames are told apart, and which answer belongs to which request.

    order     of the length's bytes; beyond: how much longer than its length says a frame is
    asked     where a request's number stands in its frame; answered: where the answer to it repeats that number
    """

    order: str
    beyond: int
    asked: slice
    answered: slice

    def frames(self, source: socket.socket) -> Iterator[bytes]:
        """Whole frames, until the connection ends."""
        with contextlib.suppress(OSError), source.makefile("rb") as stream:
            while len(head := stream.read(LENGTH)) == LENGTH:
                rest = int.from_bytes(head, "little" if self.order == "little" else "big") + self.beyond - LENGTH
                if len(body := stream.read(rest)) < rest:
                    return
                yield head + body


MONGO = Dialect(order="little", beyond=0, asked=slice(4, 8), answered=slice(8, 12))
KAFKA = Dialect(order="big", beyond=LENGTH, asked=slice(8, 12), answered=slice(4, 8))


class Trap:
    """Waits for a request, then for its answer, which it keeps. For one cut."""

    def __init__(self, wanted: Callable[[bytes], bool]) -> None:
        self.sprung = threading.Event()
        self._wanted = wanted
        self._caught: tuple[socket.socket, bytes] | None = None
        self._lock = threading.Lock()

    def see(self, client: socket.socket, number: bytes, request: bytes) -> None:
        with self._lock:
            if self._caught is None and self._wanted(request):
                self._caught = client, number

    def keeps(self, client: socket.socket, number: bytes) -> bool:
        """Whether this is the answer that nobody gets."""
        with self._lock:
            caught = self._caught == (client, number)
        if caught:
            self.sprung.set()
        return caught

    def missed(self, client: socket.socket) -> None:
        """A connection that ended before the answer came proves nothing: the next request will do."""
        with self._lock:
            if self._caught is not None and self._caught[0] is client and not self.sprung.is_set():
                self._caught = None


class Wire:
    """Listens on loopback and passes frames on to a server and back, with a thread for each direction.

    Where a server says under which address it is to be found, as Kafka does, the wire's own is put in its place.
    """

    def __init__(self, server: tuple[str, int], dialect: Dialect) -> None:
        self._server = server
        self._dialect = dialect
        self._listener = socket.create_server((server[0], 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._trap: Trap | None = None
        self._dark = False
        threading.Thread(target=self._listen, name=f"wire {self.port}", daemon=True).start()

    def cut(self, wanted: Callable[[bytes], bool], patience_s: float, dark: bool = False) -> bool:
        """Cuts once, at the next such request; gives False where none came in time. dark: and stays cut."""
        trap = self._trap = Trap(wanted)
        sprung = trap.sprung.wait(patience_s)
        self._trap = None
        if sprung and dark:
            self._dark = True
            self._break_all()
        return sprung

    def mend(self) -> None:
        self._dark = False

    def close(self) -> None:
        self._listener.close()
        self._break_all()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            if self._dark:
                raise ConnectionRefusedError
            server = socket.create_connection(self._server, CONNECT_S)
            server.settimeout(None)
        except OSError:
            client.close()
            return
        with self._lock:
            self._open |= {client, server}
        threading.Thread(target=self._back, args=(client, server), daemon=True).start()
        self._forth(client, server)

    def _forth(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            for frame in self._dialect.frames(client):
                if (trap := self._trap) is not None:
                    trap.see(client, frame[self._dialect.asked], frame)
                server.sendall(frame)
        self._break(client, server)

    def _back(self, client: socket.socket, server: socket.socket) -> None:
        ours, theirs = _address(self._server[0], self.port), _address(*self._server)
        with contextlib.suppress(OSError):
            for frame in self._dialect.frames(server):
                trap = self._trap
                if trap is not None and trap.keeps(client, frame[self._dialect.answered]):
                    break
                client.sendall(frame.replace(theirs, ours) if self._dialect is KAFKA else frame)
        if (trap := self._trap) is not None:
            trap.missed(client)
        self._break(client, server)

    def _break_all(self) -> None:
        with self._lock:
            opened = list(self._open)
        self._break(*opened)

    def _break(self, *sockets: socket.socket) -> None:
        with self._lock:
            self._open.difference_update(sockets)
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def _address(host: str, port: int) -> bytes:
    """As it stands in Kafka's answers, host and then port: no other text of ours looks like that."""
    return host.encode() + port.to_bytes(4, "big")

"""A TCP proxy that speaks a server's framing and can drop one response: the request takes effect, nobody hears of it.

That is what a crash of a switch, or of a server after its commit, looks like to whoever asked.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import msgspec

LENGTH_BYTES = 4
CONNECT_TIMEOUT_S = 5.0
Matches = Callable[[bytes], bool]


class Framing(msgspec.Struct, frozen=True, kw_only=True):
    """How frames are told apart, and which response belongs to which request.

    byte_order   of the length; uncounted: by how many bytes a frame is longer than its length says
    request_id   where a request's number stands in its frame; response_to: where the response repeats that number
    """

    byte_order: str
    uncounted: int
    request_id: slice
    response_to: slice

    def frames(self, source: socket.socket) -> Iterator[bytes]:
        """Whole frames, until the connection ends."""
        with contextlib.suppress(OSError), source.makefile("rb") as stream:
            while len(head := stream.read(LENGTH_BYTES)) == LENGTH_BYTES:
                length = int.from_bytes(head, "little" if self.byte_order == "little" else "big")
                rest = length + self.uncounted - LENGTH_BYTES
                if len(body := stream.read(rest)) < rest:
                    return
                yield head + body


MONGO = Framing(byte_order="little", uncounted=0, request_id=slice(4, 8), response_to=slice(8, 12))
KAFKA = Framing(byte_order="big", uncounted=LENGTH_BYTES, request_id=slice(8, 12), response_to=slice(4, 8))


class _Drop:
    """One response to be dropped: that to the first request that matches, on whichever connection."""

    def __init__(self, matches: Matches) -> None:
        self.done = threading.Event()
        self._matches = matches
        self._pending: tuple[socket.socket, bytes] | None = None
        self._lock = threading.Lock()

    def see_request(self, client: socket.socket, number: bytes, request: bytes) -> None:
        with self._lock:
            if self._pending is None and self._matches(request):
                self._pending = client, number

    def takes(self, client: socket.socket, number: bytes) -> bool:
        """Whether this response is the one."""
        with self._lock:
            if self._pending == (client, number):
                self.done.set()
            return self._pending == (client, number)

    def see_end(self, client: socket.socket) -> None:
        """A connection that ended before the response came proves nothing: the next request will do."""
        with self._lock:
            if self._pending is not None and self._pending[0] is client and not self.done.is_set():
                self._pending = None


class FaultProxy:
    """Listens on loopback and passes frames on to a server and back, with a thread for each direction.

    Where a server says under which address it is to be found, as Kafka does, the proxy's own is put in its place.
    """

    def __init__(self, server: tuple[str, int], framing: Framing) -> None:
        self._server = server
        self._framing = framing
        self._listener = socket.create_server((server[0], 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._drop: _Drop | None = None
        self._is_unreachable = False
        threading.Thread(target=self._listen, name=f"proxy {self.port}", daemon=True).start()

    @property
    def is_armed(self) -> bool:
        """Whether a response is waited for, to be dropped."""
        return self._drop is not None

    def drop_response(self, matches: Matches, timeout_s: float, then_unreachable: bool = False) -> bool:
        """Drops the response to the next request that matches, and its connection. False where none came in time.

        then_unreachable: all other connections are broken too, and new ones refused, until `restore`.
        """
        drop = self._drop = _Drop(matches)
        done = drop.done.wait(timeout_s)
        self._drop = None
        if done and then_unreachable:
            self._is_unreachable = True
            self._break_all()
        return done

    def restore(self) -> None:
        self._is_unreachable = False

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
            if self._is_unreachable:
                raise ConnectionRefusedError
            server = socket.create_connection(self._server, CONNECT_TIMEOUT_S)
            server.settimeout(None)
        except OSError:
            client.close()
            return
        with self._lock:
            self._open |= {client, server}
        threading.Thread(target=self._pass_responses, args=(client, server), daemon=True).start()
        with contextlib.suppress(OSError):
            for frame in self._framing.frames(client):
                if (drop := self._drop) is not None:
                    drop.see_request(client, frame[self._framing.request_id], frame)
                server.sendall(frame)
        self._break(client, server)

    def _pass_responses(self, client: socket.socket, server: socket.socket) -> None:
        ours, theirs = _address(self._server[0], self.port), _address(*self._server)
        with contextlib.suppress(OSError):
            for frame in self._framing.frames(server):
                drop = self._drop
                if drop is not None and drop.takes(client, frame[self._framing.response_to]):
                    break
                client.sendall(frame.replace(theirs, ours) if self._framing is KAFKA else frame)
        if (drop := self._drop) is not None:
            drop.see_end(client)
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
    """As it stands in Kafka's responses, host and then port: no other text of ours looks like that."""
    return host.encode() + port.to_bytes(4, "big")

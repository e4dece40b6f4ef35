"""Who of several projectors follows a store in a file: one does, the others stand by until it is gone.

It spares them taking the work from each other in turns, and no more than that: what they write is guarded by the epoch
in the read model, so two who believe to lead for a moment do no harm. No clocks are compared: whoever waits watches, by
a clock of its own, whether the file still changes.
"""

import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from uuid import uuid4

import msgspec
import structlog

LEASE_TIMEOUT_S = 4.0
"""A reader whose file hasn't changed for so long is taken for dead, or frozen."""
HEARTBEAT_INTERVAL_S = 1.0

log = structlog.get_logger("projector")


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """What the file holds. beat rises while its process runs; released: it has ended in good order."""

    id: str
    host: str
    pid: int
    beat: int = 0
    released: bool = False


class ReaderLease:
    """One process's part in it. Safe to ask from one thread; another renews it."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._mine = Holder(id=uuid4().hex, host=socket.gethostname(), pid=os.getpid())
        self._seen: Holder | None = None
        self._since = clock()
        self._waits = False
        self._held = False
        self._over = Event()
        self._thread = Thread(target=self._keep, name="reader-lease", daemon=True)

    def held(self) -> bool:
        """Whether this process follows the store now. Takes over where nobody does."""
        if not self._held and self._is_free():
            self._held = self._taken()
        if not self._held and not self._waits:
            log.info("reader lease: standing by, another projector follows the store", holder=self._describe())
        self._waits = not self._held
        return self._held

    def _taken(self) -> bool:
        """Of several who found it free at once, the last to write has it. On a full disk nobody does."""
        try:
            self._write(self._mine)
        except OSError as error:
            log.warning("reader lease: can't be acquired", error=str(error))
            return False
        if not self._is_mine():
            return False
        if not self._thread.is_alive():
            self._thread.start()
        return True

    def release(self) -> None:
        """Lets the next one follow at once."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._held and self._is_mine():
            with suppress(OSError):
                self._write(msgspec.structs.replace(self._mine, released=True))
        self._held = False

    def _is_free(self) -> bool:
        found = self._read()
        if found != self._seen:
            self._seen, self._since = found, self._clock()
        if found is None or found.released or found.id == self._mine.id or _has_ended(found):
            return True
        return self._clock() - self._since >= LEASE_TIMEOUT_S

    def _is_mine(self) -> bool:
        found = self._read()
        return found is not None and found.id == self._mine.id

    def _keep(self) -> None:
        """While the lease is held its file changes; once another has it, this process stands by."""
        while not self._over.wait(HEARTBEAT_INTERVAL_S):
            try:
                if self._held and not self._is_mine():
                    self._held = False
                if self._held:
                    self._mine = msgspec.structs.replace(self._mine, beat=self._mine.beat + 1)
                    self._write(self._mine)
            except OSError as error:
                log.warning("reader lease: can't be renewed", error=str(error))

    def _describe(self) -> str:
        return f"{self._seen.host}:{self._seen.pid}" if self._seen else "unknown"

    def _read(self) -> Holder | None:
        """None where there is no file, or one that nobody can have written whole."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Holder)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def _write(self, holder: Holder) -> None:
        draft = self._path.with_name(f".{self._path.name}.{self._mine.id}")
        draft.write_bytes(msgspec.json.encode(holder))
        draft.replace(self._path)


def _has_ended(holder: Holder) -> bool:
    """Whether its process is known to be gone: on this host alone, and in no other container."""
    if holder.host != socket.gethostname():
        return False
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False

"""One generation: a whole copy of the read model, opened to be read and written."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from readmodel.engine import progress
from readmodel.engine.engines import reading, writing
from readmodel.engine.snapshots import Snapshots


class Generation:
    """One whole copy of the read model, and the ways to read and write it."""

    def __init__(self, number: int, engine: Engine) -> None:
        self.number = number
        self.engine = engine
        self._snapshots = Snapshots(engine)
        self._reader = reading(engine)
        self._writer = writing(engine)
        self._lock = threading.Lock()
        self._watching: Connection | None = None
        self._opened = 0

    def read(self) -> Connection:
        """A connection on which each statement sees the newest commit. A context manager."""
        return self._reader.connect()

    @property
    def snapshots(self) -> bool:
        """Whether the database gives them."""
        return self._snapshots.given

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection on which every statement sees the same moment; where the database doesn't give that, snapshots
        is False for a while, and each statement sees the newest commit."""
        with ExitStack() as closing:
            yield self._snapshots.open(closing) or closing.enter_context(self.engine.connect())

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that writes: committed at the end, rolled back on any exception."""
        with self._writer.begin() as connection:
            yield connection

    def position(self) -> int:
        with self.read() as connection:
            return progress.position(connection)

    def change_counter(self, connection: Connection | None = None) -> int:
        """A number that is another one after anybody has committed; to SQLite no question is cheaper.

        connection: which to ask SQL Server by, else one of its own.
        """
        if self.engine.dialect.name != "sqlite":
            with nullcontext(connection) if connection else self.read() as asked:
                return progress.change_counter(asked)
        with self._lock:
            if self._watching is None:
                self._watching, self._opened = self.read(), self._opened + 1
            try:
                return self._opened << 32 | int(self._watching.exec_driver_sql("PRAGMA data_version").scalar_one())
            except SQLAlchemyError:
                self._stop_watching()
                raise

    def dispose(self) -> None:
        with self._lock:
            self._stop_watching()
        self.engine.dispose()

    def _stop_watching(self) -> None:
        if self._watching is not None:
            self._watching.close()
            self._watching = None

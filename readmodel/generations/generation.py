"""One generation: a whole copy of the read model, opened to be read and written."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sqlalchemy import Connection, Engine

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

    def dispose(self) -> None:
        self.engine.dispose()

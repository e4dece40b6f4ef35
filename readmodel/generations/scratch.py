"""A generation that nobody serves: folded afresh to compare with, and gone with the connection that holds it.

It is SQLite whatever the read model is, so that what the server or its driver loses on the way in is lost in one of the
two copies only. See docs/decisions/0031.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import StaticPool, create_engine
from sqlalchemy.exc import OperationalError

from domain.errors import Unavailable
from readmodel.engine.engines import begin_explicitly
from readmodel.engine.schema import metadata

from .generation import Generation

DISK_FULL_MESSAGE = "database or disk is full"
SCRATCH_NUMBER = 0
"""No generation of a read model has it."""


class NoRoom(Unavailable):
    """The disk has too little room for a second fold. The message says where it would be."""


@contextmanager
def scratch() -> Iterator[Generation]:
    """An empty generation in a private file of SQLite's own making, which has no name and goes when it is closed, also
    by a kill. What doesn't fit into memory stands in SQLITE_TMPDIR, else /var/tmp or /tmp.

    Raises NoRoom where there is too little for it.
    """
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect("", check_same_thread=False), poolclass=StaticPool
    )
    begin_explicitly(engine)
    metadata.create_all(engine)
    generation = Generation(SCRATCH_NUMBER, engine)
    try:
        yield generation
    except OperationalError as error:
        if DISK_FULL_MESSAGE not in str(error.orig):
            raise
        raise NoRoom(
            "There is no room to fold afresh. Set SQLITE_TMPDIR to a folder with as much room as the read model takes."
        ) from error
    finally:
        generation.dispose()

"""Which errors pass by waiting, and which are caused by an event: those of the database never park a stream."""

import re
from collections.abc import Callable
from threading import Event
from typing import TypeVar

import structlog
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError, SQLAlchemyError

from domain.errors import Unavailable, first_line
from readmodel.engine.progress import Fenced

from .continuity import StoreMismatch

MAX_KEY_RACES = 3
MIN_RETRY_DELAY_S, MAX_RETRY_DELAY_S = 0.02, 5.0

TRANSIENT_MSSQL_ERRORS = re.compile(r"40001|\((?:1105|1205|3960|9002)\)")
"""SQL Server's deadlocks, snapshot conflicts, full disk and full log, which aren't OperationalErrors there."""

log = structlog.get_logger("projector")
Result = TypeVar("Result")


class Stopping(Exception):
    """Asked to stop while retrying. Nothing in hand was committed."""


def retry_transient(action: Callable[[], Result], stop: Event) -> Result:
    """Repeats an action, with growing delays, while the database is busy, full or away. Other errors are raised.

    Raises Stopping once stop is set.
    """
    delay_s = MIN_RETRY_DELAY_S
    races = 0
    while True:
        try:
            return action()
        except (SQLAlchemyError, Unavailable) as error:
            races += 1
            if not is_transient(error, races):
                raise
            log.warning("projector: read model unavailable, retrying", error=first_line(error), delay_s=delay_s)
        if stop.wait(delay_s):
            raise Stopping
        delay_s = min(delay_s * 2, MAX_RETRY_DELAY_S)


def reraise_unless_caused_by_event(error: Exception) -> None:
    """Raises the error again where the database or a lost partition is its cause: that must never park a stream."""
    if isinstance(error, (StoreMismatch, Fenced, Stopping)) or (
        isinstance(error, DBAPIError) and not isinstance(error, (DataError, IntegrityError))
    ):
        raise error


def is_transient(error: SQLAlchemyError | Unavailable, races: int) -> bool:
    """Whether waiting may help: the connection, a lock, a deadlock, a full disk, or a race on a unique key."""
    if isinstance(error, Unavailable):
        return True
    if isinstance(error, IntegrityError):
        return races < MAX_KEY_RACES
    if isinstance(error, (OperationalError, InterfaceError)):
        return "no such" not in str(error)
    return isinstance(error, DBAPIError) and (
        error.connection_invalidated or bool(TRANSIENT_MSSQL_ERRORS.search(str(error.orig)))
    )

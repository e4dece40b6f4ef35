"""Deletes what has expired, every ten minutes: by its age, whether or not anybody comes by whom it is of."""

from threading import Event

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from domain.errors import first_line
from operational.expiry import delete_expired
from retention import Retention

INTERVAL_S = 600.0

log = structlog.get_logger("projector")


class ExpirySweeper:
    """Of one process. Several may run."""

    def __init__(self, control: Engine, retention: Retention) -> None:
        self._control = control
        self._retention = retention

    def run(self, stop: Event) -> None:
        """At once, and then again and again until stop is set."""
        while True:
            try:
                self.step(stop)
            except SQLAlchemyError as error:
                log.warning("expiry: unavailable, retrying", error=first_line(error))
            except Exception:
                log.exception("expiry: failed")
            if stop.wait(INTERVAL_S):
                return

    def step(self, stop: Event) -> None:
        deleted = delete_expired(self._control, self._retention, stop.is_set)
        if any(deleted.values()):
            log.info("expiry: done", **{period: rows for period, rows in deleted.items() if rows})

"""Records the event store's head (last position and chain) outside of it, beside the read model.

So a store whose end is cut off, even before anything of it was shown, or whose chain is written anew, is noticed.
"""

from threading import Event

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from domain import ids
from domain.errors import Damaged, Unavailable, first_line
from domain.ports import EventStore
from eventstore.heads import Head, deviation
from operational import store_heads
from operational.store_heads import SeenHead

INTERVAL_S = 1.0

log = structlog.get_logger("projector")


class HeadRecorder:
    """Of one process. Several may run."""

    def __init__(self, control: Engine, store: EventStore) -> None:
        self._control = control
        self._store = store
        self._looked_at: tuple[int, str] | None = None
        self._said = ""

    def run(self, stop: Event) -> None:
        """Looks every second, until stop is set."""
        while not stop.wait(INTERVAL_S):
            try:
                self.step()
            except (Damaged, Unavailable, SQLAlchemyError) as error:
                log.warning("head recorder: unavailable, retrying", error=first_line(error))
            except Exception:
                log.exception("head recorder: failed")

    def step(self) -> str:
        """Keeps the head if the store has grown and still holds what was kept; says what it doesn't hold, else ""."""
        position, chain = self._store.head()
        if (position, chain) == self._looked_at:
            return self._said
        seen = store_heads.highest(self._control)
        wrong = deviation(self._store, as_head(seen)) if seen else ""
        if wrong and wrong != self._said:
            log.error(
                "head recorder: the event store isn't what it was: stop the site, and see `bin/verbatim verify`",
                found=wrong,
            )
        if not wrong and position:
            store_heads.record(self._control, SeenHead(position=position, chain=chain, at=ids.now()))
        self._looked_at, self._said = (None if wrong else (position, chain)), wrong
        return wrong


def as_head(seen: SeenHead) -> Head:
    """As it is compared with a store."""
    return Head(at=seen.at, chain=seen.chain, position=seen.position)

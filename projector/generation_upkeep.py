"""Keeps a whole and present-day generation live: two threads beside the projector's own work.

One ends the leases of those who died and opens what they left shut; it must never be kept waiting. The other fills
generations: where the live one is gone, doesn't belong to the store or was filled for older read models, and where an
admin asked for it.
"""

from collections.abc import Callable
from threading import Event

import structlog
from sqlalchemy.exc import SQLAlchemyError

from domain.errors import Conflict, Damaged, Unavailable, first_line
from readmodel.generations.errors import GenerationGone, NoGeneration
from readmodel.generations.generations import Generations

from .generation_fill import Progress
from .rebuild import Rebuilder
from .rebuild_requests import RebuildRequestHandler, Stopped

WATCH_S = 0.5
POLL_S = 1.0
FAILED_PAUSE_S, LONGEST_PAUSE_S = 2.0, 60.0
"""After a generation that couldn't be filled, twice as long each time: a store that is just being put back is soon
whole, and other damage is seldom gone in a minute."""
OUTDATED_NOTE = "The read models are others than those that the live generation was filled for."

log = structlog.get_logger("projector")


class GenerationUpkeep:
    """Of one process. Several may run: whoever has the lease on a new generation fills it, the others go on."""

    def __init__(self, generations: Generations, requests: RebuildRequestHandler, rebuilder: Rebuilder) -> None:
        self._generations = generations
        self._requests = requests
        self._rebuilder = rebuilder

    def watch(self, stop: Event) -> None:
        """Until stop is set."""
        while not stop.wait(WATCH_S):
            _logged(self.look)

    def look(self) -> None:
        """Ends leases that have run out, opens a gate that a dead one left shut, goes back where tables are gone."""
        if self._generations.lifecycle.expire():
            self._generations.lifecycle.drop_old()
        if self._generations.tables_exist() and self._generations.reopen():
            log.warning("upkeep: the switch to another generation was abandoned, the live one goes on")

    def run(self, stop: Event) -> None:
        """Until stop is set."""
        pause = FAILED_PAUSE_S
        while not stop.is_set():
            if _logged(lambda: self.step(stop)):
                pause = FAILED_PAUSE_S
                stop.wait(POLL_S)
            else:
                stop.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)

    def step(self, stop: Event) -> None:
        """Fills a generation where one is asked for or needed."""
        self._requests.step(stop)
        live = self._generations.live_number()
        if (why := self._needed()) is not None:
            self._rebuilder.replace_live(why, lambda progress: _unless(stop, progress), live)

    def _needed(self) -> str | None:
        try:
            if (mismatch := self._rebuilder.mismatch()) is not None:
                return mismatch.reason
            return OUTDATED_NOTE if self._generations.is_outdated() else None
        except GenerationGone as gone:
            return str(gone)


def _unless(stop: Event, _progress: Progress) -> None:
    if stop.is_set():
        raise Stopped("The projector was stopped; the next one begins again.")


def _logged(work: Callable[[], None]) -> bool:
    """Whether it is worth trying again soon: nothing failed, or something that passes. A thread must not die of it."""
    try:
        work()
    except (Conflict, GenerationGone, Stopped):
        return True
    except (NoGeneration, Unavailable, SQLAlchemyError) as error:
        log.warning("upkeep: unavailable, retrying", error=first_line(error))
        return not isinstance(error, SQLAlchemyError)
    except (Damaged, OSError) as error:
        log.error("upkeep: a generation that is needed can't be filled", error=str(error))
        return False
    except Exception:
        log.exception("upkeep: failed")
        return False
    return True

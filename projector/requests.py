"""Takes up the rebuilds that admins ask for, beside the projector's own work: a thread of the same process."""

from threading import Event

import structlog
from sqlalchemy.exc import SQLAlchemyError

from domain.errors import Conflict, Damaged, Unavailable
from readmodel import rebuilds
from readmodel.generations import Generations

from .rebuild import Comparison, Progress, Rebuilder

POLL_S = 1.0

log = structlog.get_logger("projector")


class Stopped(Exception):
    """The process is to end; the rebuild waits for the next one."""


class Requests:
    """Fulfils one request after the other. What fails says why in its own row."""

    def __init__(self, generations: Generations, rebuilder: Rebuilder) -> None:
        self._generations = generations
        self._rebuilder = rebuilder

    def run(self, stop: Event) -> None:
        """Until stop is set."""
        while not stop.is_set():
            try:
                self.step(stop)
            except (SQLAlchemyError, Unavailable) as error:
                log.warning("requests can't be looked at, trying again", error=str(error).split("\n")[0])
            stop.wait(POLL_S)

    def step(self, stop: Event) -> bool:
        """Takes one request up, if one waits; tells whether one did."""
        control = self._generations.control
        if self._generations.under_way() is None:
            rebuilds.forsaken(control)
        id = rebuilds.take(control)
        if id is None:
            return False
        try:
            number, found = self._rebuilt(id, stop)
            rebuilds.note(control, id, "done", generation=number, text=found)
            log.info("rebuilt", generation=number, found=found)
        except (Stopped, Conflict, Unavailable) as passing:
            rebuilds.note(control, id, "waiting", text=str(passing))
        except (Damaged, SQLAlchemyError, OSError) as error:
            rebuilds.note(control, id, "failed", text=str(error))
            log.error("rebuild failed", error=str(error))
        return True

    def _rebuilt(self, id: str, stop: Event) -> tuple[int, str]:
        """The number of the generation that is live now, and how it compares with the one before."""

        def report(progress: Progress) -> None:
            if stop.is_set():
                raise Stopped("The projector was stopped; the next one begins again.")
            rebuilds.note(self._generations.control, id, "running", text=f"{progress.done:,} of {progress.total:,}")

        fresh, comparison = self._rebuilder.fill(report)
        self._rebuilder.switch(fresh)
        return fresh.number, _told(comparison)


def _told(comparison: Comparison | None) -> str:
    if comparison is None:
        return "The generation before couldn't be compared."
    if comparison.same:
        return f"The same as the generation before, up to position {comparison.position:,}."
    tables = sorted(name for name, sum in comparison.live.items() if comparison.fresh.get(name) != sum)
    return f"It differs from the generation before in: {', '.join(tables)}."

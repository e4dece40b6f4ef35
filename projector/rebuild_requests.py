"""Carries out the rebuilds that admins request, beside the projector's own work."""

from threading import Event

import structlog
from sqlalchemy.exc import SQLAlchemyError

from domain.errors import Conflict, Damaged, Unavailable
from operational import rebuild_requests
from readmodel.generations.generation_table import BuildUnderWay
from readmodel.generations.generations import Generations

from .generation_fill import Progress
from .rebuild import Comparison, Rebuilder

log = structlog.get_logger("projector")


class Stopped(Exception):
    """The process is to end; the rebuild waits for the next one."""


class RebuildRequestHandler:
    """Fulfils one request after the other. What fails says why in its own row."""

    def __init__(self, generations: Generations, rebuilder: Rebuilder) -> None:
        self._generations = generations
        self._rebuilder = rebuilder

    def step(self, stop: Event) -> bool:
        """Takes one request up, if one waits and nobody fills a generation now; tells whether it did."""
        control = self._generations.control
        rebuild_requests.settle_interrupted(control)
        if not rebuild_requests.is_any_waiting(control):
            return False
        taken: list[str] = []
        try:
            number, found = self._rebuilt(taken, stop)
            rebuild_requests.set_state(control, taken[0], "done", generation=number, text=found)
            log.info("rebuild: done", generation=number, found=found)
        except BuildUnderWay:
            return False
        except (Stopped, Conflict, Unavailable) as passing:
            self._note(taken, "waiting", str(passing))
        except (Damaged, SQLAlchemyError, OSError) as error:
            self._note(taken, "failed", str(error))
            log.error("rebuild: failed", error=str(error))
        return bool(taken)

    def _rebuilt(self, taken: list[str], stop: Event) -> tuple[int, str]:
        """The number of the generation that is live now, and how it compares with the one before.

        taken: gets the request's id, once the lease is held; whoever has the lease has the request.
        """
        control = self._generations.control

        def begun(generation: int) -> None:
            if (id := rebuild_requests.take(control, generation)) is None:
                raise BuildUnderWay("Another projector has taken the request up.")
            taken.append(id)

        def report(progress: Progress) -> None:
            if stop.is_set():
                raise Stopped("The projector was stopped; the next one begins again.")
            rebuild_requests.set_state(control, taken[0], "running", text=f"{progress.done:,} of {progress.total:,}")

        fresh, comparison = self._rebuilder.fill(report, begun)
        self._rebuilder.switch(fresh)
        return fresh.number, _told(comparison)

    def _note(self, taken: list[str], state: str, text: str) -> None:
        for id in taken:
            rebuild_requests.set_state(self._generations.control, id, state, text=text)


def _told(comparison: Comparison | None) -> str:
    if comparison is None:
        return "The generation before couldn't be compared."
    if comparison.same:
        return f"The same as the generation before, up to position {comparison.position:,}."
    tables = sorted(name for name, sum in comparison.live.items() if comparison.fresh.get(name) != sum)
    return f"It differs from the generation before in: {', '.join(tables)}."

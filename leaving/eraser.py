"""Erases what is somebody's who has left, one person after the other, step by step: beside a projector's own work.

A step's commands have ids of their own that are made from the departure, so that a step which is done again stores
nothing twice and finds the same commits. What it has erased, the cursor behind it and the lease are saved together.
"""

from collections.abc import Callable
from datetime import timedelta
from threading import Event

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError

from domain.bus import CommandBus
from domain.errors import Unavailable, first_line
from domain.ids import from_now, now
from domain.ports import EventStore
from operational import departures
from operational.departures import Departure, LeaseLost
from readmodel.accounts import closed_accounts, due_to_close
from readmodel.engine.connections import changing
from readmodel.generations.errors import GenerationGone, NoGeneration
from readmodel.generations.generations import Generations
from readmodel.generations.lag import LagMeter

from . import stages
from .steps import RETRY_AFTER, Cursor, Wait
from .subject import Subject

LEASE = timedelta(seconds=30)
"""Longer than a step takes on a busy machine: after a crash the next one waits for its end."""
POLL_S, STEP_PAUSE_S = 2.0, 0.05
"""Between looks for work, and between steps, so that all who write have their turn."""
CLOSED_CHECK_LOOKS = 150
"""Every so many looks it is asked whether a closed account has no row, as after a restored backup."""

log = structlog.get_logger("leaving")


class Eraser:
    """Of one process. Several may run: a departure is worked on by one of them at a time."""

    def __init__(
        self,
        generations: Generations,
        store: EventStore,
        bus: CommandBus,
        meter: LagMeter,
        *,
        lease: timedelta = LEASE,
        after_step: Callable[[], None] = lambda: None,
    ) -> None:
        """after_step: called when one is saved."""
        self._generations = generations
        self._control = generations.control
        self._store = store
        self._bus = bus
        self._meter = meter
        self._lease = lease
        self._after_step = after_step
        self._looks = 0

    def run(self, stop: Event) -> None:
        """Until stop is set."""
        while not stop.wait(POLL_S):
            try:
                self.look(stop)
            except (Unavailable, SQLAlchemyError, GenerationGone, NoGeneration) as error:
                log.warning("leaving: unavailable, retrying", error=first_line(error))
            except Exception:
                log.exception("leaving: failed")

    def look(self, stop: Event) -> None:
        """Carries out what is due, as far as it gets. One that can't go on keeps no other waiting."""
        self._open_rows()
        for one in departures.undone(self._control):
            if stop.is_set():
                return
            if taken := departures.take(self._control, one, from_now(self._lease)):
                self._carry_out(taken, stop)

    def _open_rows(self) -> None:
        """For whoever's time is over, whatever became of the row that was made when they left."""
        with self._generations.connect() as connection:
            accounts = set(due_to_close(connection, now()))
            if self._looks % CLOSED_CHECK_LOOKS == 0:
                accounts |= set(closed_accounts(connection))
        self._looks += 1
        for account in accounts - departures.known(self._control) if accounts else ():
            departures.open_for(self._control, account, now())

    def _carry_out(self, taken: Departure, stop: Event) -> None:
        try:
            while taken.state == "erasing" and not stop.is_set():
                taken = self._step(taken)
                self._after_step()
                stop.wait(STEP_PAUSE_S)
            if taken.state == "erasing":
                self._put_back(taken, timedelta())
        except LeaseLost:
            log.info("leaving: another process goes on, or it was taken back", departure=taken.id)
        except Wait as reason:
            log.info("leaving: waits", departure=taken.id, reason=str(reason))
            self._put_back(taken, reason.pause)
        except (Unavailable, SQLAlchemyError, GenerationGone, NoGeneration) as error:
            log.warning("leaving: unavailable, retrying", departure=taken.id, error=first_line(error))
            self._put_back(taken, RETRY_AFTER)
        except Exception:
            log.exception("leaving: a step failed, retrying", departure=taken.id)
            self._put_back(taken, RETRY_AFTER)

    def _step(self, taken: Departure) -> Departure:
        """Carries out and saves one step. Raises LeaseLost, Wait."""
        cursor = msgspec.json.decode(taken.cursor, type=Cursor) if taken.cursor else Cursor()
        subject = Subject(taken, self._generations, self._store, self._bus, self._meter)
        following = stages.step(subject, cursor)
        columns = {"cursor": msgspec.json.encode(following).decode(), "leased_until": from_now(self._lease)}
        if following is None:
            columns = {"cursor": "", "state": "done", "ended_at": now()}
        with changing(self._control) as connection:
            taken = departures.save(connection, subject.departure, subject.erased, **columns)
        if following is None:
            log.info("leaving: done", departure=taken.id, **taken.counts)
        return taken

    def _put_back(self, taken: Departure, wait: timedelta) -> None:
        """Has it gone on with in a while, by whoever is free then."""
        try:
            with changing(self._control) as connection:
                departures.save(connection, taken, leased_until=from_now(wait))
        except (SQLAlchemyError, LeaseLost) as unsaved:
            log.warning("leaving: goes on when the lease has run out", error=first_line(unsaved))

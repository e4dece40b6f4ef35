"""Generations: whole copies of the read model. One is live; a rebuild fills another and switches over."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, func, inspect, select, update
from sqlalchemy.exc import DBAPIError

from domain.ids import now, timestamp, uuid7
from domain.messages import Receipt

from . import progress
from .connections import Control, Held, looking
from .control import generations, live, repairs
from .engines import drop_place, generation_engine, make_place, open_control, reading, writing
from .migrate import migrate_control, migrate_generation
from .snapshots import Snapshots

CACHED_S = 0.05
POLL_S = 0.002
STALE_S = 60


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


class NoGeneration(Exception):
    """The read model was never migrated. The message says what to do."""


class Generations:
    """Knows which generation is live. Looks it up at most every CACHED_S seconds, in any process."""

    def __init__(self, url: str, options: dict[str, Any] | None = None) -> None:
        self._options = options or {}
        self.control = open_control(url, self._options)
        self._open: dict[int, Generation] = {}
        self._lock = threading.Lock()
        self._live: tuple[float, Generation] | None = None

    def live(self, control: Control | None = None) -> Generation:
        """The generation that pages read; where it has to be looked up, by way of control.

        Raises NoGeneration before the first migration.
        """
        if self._live is not None and time.monotonic() - self._live[0] < CACHED_S:
            return self._live[1]
        if (number := self._live_number(control or self.control)) is None:
            raise NoGeneration("The read model isn't there yet: run `bin/verbatim migrate` (bin/run does).")
        generation = self.get(number)
        if self._live is not None and self._live[1] is not generation:
            self._forget_before(self._live[1].number)
        self._live = (time.monotonic(), generation)
        return generation

    def _live_number(self, control: Control) -> int | None:
        """The number of the live generation; None where there is none, or not even the table that says so."""
        try:
            with looking(control) as connection:
                return connection.execute(select(live.c.number)).scalar_one_or_none()
        except DBAPIError:
            if inspect(self.control).has_table(live.name):
                raise
            return None

    def _forget_before(self, number: int) -> None:
        """Closes generations that this process has no more use for; the one before stays, in case of a way back."""
        with self._lock:
            for old in [one for one in self._open if one < number]:
                self._open.pop(old).dispose()

    def get(self, number: int) -> Generation:
        """A generation by its number, opened once a process."""
        with self._lock:
            if number not in self._open:
                self._open[number] = Generation(number, generation_engine(self.control, number, self._options))
            return self._open[number]

    def connect(self) -> Connection:
        """A reading connection on the live generation. A context manager."""
        return self.live().read()

    def checkpoint(self) -> int:
        """A number that rises with every batch that pages could show."""
        with self.connect() as connection:
            return progress.mark(connection)

    def hold(self) -> Held:
        """Connections to be closed again, for as long as a request or a wait takes."""
        return Held(self)

    def wait(self, receipt: Receipt, timeout_s: float, held: Held | None = None) -> bool:
        """Whether the live generation shows the receipt's stream at its version, within timeout_s seconds.

        held: the connections to ask by, else some of its own for the whole of it.
        """
        if held is None:
            with closing(self.hold()) as own:
                return self.wait(receipt, timeout_s, own)
        until = time.monotonic() + timeout_s
        while True:
            held.refresh()
            if progress.version(held.live(), receipt.stream) >= receipt.version:
                return True
            if time.monotonic() >= until:
                return False
            time.sleep(POLL_S)

    def migrate(self) -> Generation:
        """Brings the control tables and the live generation up to date; makes the first one where there is none."""
        migrate_control(self.control)
        if (number := self._live_number(self.control)) is None:
            generation = self.create()
            self.switch(generation.number)
            return generation
        generation = self.get(number)
        migrate_generation(generation.engine, number)
        return generation

    def create(self) -> Generation:
        """A new, empty generation beside the live one."""
        with writing(self.control).begin() as connection:
            highest = connection.execute(select(func.max(generations.c.number))).scalar_one()
            number = (highest or 0) + 1
            connection.execute(
                generations.insert().values(
                    number=number, state="building", started_at=now(), ended_at=None, position=0, note=""
                )
            )
        make_place(self.control, number)
        generation = self.get(number)
        migrate_generation(generation.engine, number)
        return generation

    def note(self, number: int, state: str, position: int = 0, text: str = "") -> None:
        """Writes down how a generation stands, for `status`."""
        with writing(self.control).begin() as connection:
            connection.execute(
                update(generations)
                .where(generations.c.number == number)
                .values(state=state, position=position, note=text[:500], ended_at=now())
            )

    def switch(self, number: int) -> int | None:
        """Makes a generation live in one step, and gives the number of the one before."""
        with writing(self.control).begin() as connection:
            before = connection.execute(select(live.c.number)).scalar_one_or_none()
            if before is None:
                connection.execute(live.insert().values(id=1, number=number))
            else:
                connection.execute(update(live).values(number=number))
            connection.execute(
                update(generations).where(generations.c.state.in_(("live", "previous"))).values(state="ready")
            )
            for which, state in ((before, "previous"), (number, "live")):
                if which is not None:
                    connection.execute(update(generations).where(generations.c.number == which).values(state=state))
        self._live = None
        return before

    def previous(self) -> int | None:
        """The generation that was live before the last switch and is still there."""
        with reading(self.control).connect() as connection:
            wanted = select(generations.c.number).where(generations.c.state == "previous")
            return connection.execute(wanted).scalar_one_or_none()

    def under_way(self) -> int | None:
        """The number of a generation that somebody is filling now: it was noted less than STALE_S seconds ago."""
        recent = timestamp(datetime.now(UTC) - timedelta(seconds=STALE_S))
        wanted = select(generations.c.number).where(
            generations.c.state == "building", func.coalesce(generations.c.ended_at, generations.c.started_at) > recent
        )
        with reading(self.control).connect() as connection:
            return connection.execute(wanted).scalars().first()

    def drop_old(self) -> None:
        """Drops every generation but the live and the previous one."""
        kept = ("live", "previous", "dropped")
        with reading(self.control).connect() as connection:
            old = list(
                connection.execute(select(generations.c.number).where(generations.c.state.not_in(kept))).scalars()
            )
        for number in old:
            self.drop(number)

    def drop(self, number: int) -> None:
        """Takes one generation away, with all of its tables."""
        with self._lock:
            if (generation := self._open.pop(number, None)) is not None:
                generation.dispose()
        drop_place(self.control, number)
        self.note(number, "dropped")

    def listed(self) -> list[dict[str, Any]]:
        """Every generation there was, newest first, as plain rows."""
        with reading(self.control).connect() as connection:
            rows = connection.execute(select(generations).order_by(generations.c.number.desc()).limit(20))
            return [dict(row) for row in rows.mappings()]

    def parked(self) -> list[progress.DeadLetter]:
        """The live generation's dead letters."""
        with self.connect() as connection:
            return progress.parked(connection)

    def note_repair(self, stream: str, what: str) -> None:
        """Writes down that a stream's rows were wrong and have been put right."""
        with writing(self.control).begin() as connection:
            connection.execute(repairs.insert().values(id=uuid7(), stream=stream, found_at=now(), what=what[:2000]))

    def repaired(self, limit: int = 20) -> list[dict[str, Any]]:
        """The newest repairs, as plain rows."""
        with reading(self.control).connect() as connection:
            rows = connection.execute(select(repairs).order_by(repairs.c.found_at.desc()).limit(limit))
            return [dict(row) for row in rows.mappings()]

    def status(self) -> dict[str, Any]:
        """What an operator wants to know: generation, checkpoint, dead letters."""
        generation = self.live()
        return {
            "generation": generation.number,
            "checkpoint": generation.position(),
            "dead_letters": [msgspec.structs.asdict(letter) for letter in self.parked()],
            "generations": self.listed(),
            "repairs": self.repaired(),
        }

    def close(self) -> None:
        for generation in self._open.values():
            generation.dispose()
        self.control.dispose()

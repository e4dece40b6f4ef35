"""Generations: whole copies of the read model. One is live; a rebuild fills another and switches over."""

import logging
import threading
import time
from contextlib import closing
from typing import Any

import msgspec
from sqlalchemy import Connection, inspect, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from domain.ids import now, uuid7
from domain.messages import Receipt
from readmodel import catalogue
from readmodel.engine import gate, progress
from readmodel.engine.connections import Control, Held
from readmodel.engine.engines import (
    drop_place,
    file_identity,
    generation_engine,
    make_place,
    open_control,
    place_stands,
    reading,
    writing,
)
from readmodel.engine.migrate import is_migrated, migrate_control, migrate_generation

from . import generation_table
from .generation import Generation
from .generation_table import Pointer, UnderWay
from .held_leases import Holdings
from .leases import Lease, Leased, LeaseLost
from .tables import generations, live, repairs

CACHED_S = 0.05
POLL_S = 0.002

log = logging.getLogger(__name__)


class NoGeneration(Exception):
    """The read model was never migrated. The message says what to do."""


class Gone(NoGeneration, SQLAlchemyError):
    """The live generation's tables have vanished, and no other one is whole. The projector fills a fresh one.

    To pages it is an error of the database like any other: they can't be read for a while.
    """


class Seen(msgspec.Struct, frozen=True):
    """The live generation as it was looked up: at is before that, by this process's clock."""

    at: float
    generation: Generation
    pointer: Pointer


class Generations:
    """Knows which generation is live. Looks it up at most every CACHED_S seconds, in any process."""

    def __init__(self, url: str, options: dict[str, Any] | None = None) -> None:
        self._options = options or {}
        self.control = open_control(url, self._options)
        self._open: dict[int, tuple[tuple[int, int] | None, Generation]] = {}
        self._lock = threading.Lock()
        self._seen: Seen | None = None
        self._holdings = Holdings(self.control)

    def live(self, control: Control | None = None) -> Generation:
        """The generation that pages read; where it has to be looked up, by way of control.

        Whoever is told of a switch that is announced looks each time: nobody reads the old one after the new one was
        read anywhere. Raises NoGeneration before the first migration, Gone where its tables have vanished.
        """
        seen, at = self._seen, time.monotonic()
        if seen is not None and seen.pointer.next is None and at - seen.at < CACHED_S:
            return seen.generation
        if (pointer := self._pointer(control or self.control)) is None:
            raise NoGeneration("The read model isn't there yet: run `bin/verbatim migrate` (bin/run does).")
        if (generation := self.find(pointer.number)) is None:
            self._go_back(pointer.number)
            return self.live(control)
        if seen is not None and seen.generation.number != pointer.number:
            self._forget_before(seen.generation.number)
        self._seen = Seen(at, generation, pointer)
        return generation

    def is_outdated(self, control: Control | None = None) -> bool:
        """Whether the live generation was filled for other read models than this code has, and so may lack rows."""
        self.live(control)
        return self._seen is not None and self._seen.pointer.models != catalogue.fingerprint()

    def _pointer(self, control: Control) -> Pointer | None:
        """None where nothing is live, or there isn't even the table that would say so."""
        try:
            return generation_table.pointer(control)
        except DBAPIError:
            if inspect(self.control).has_table(live.name):
                raise
            return None

    def _forget_before(self, number: int) -> None:
        """Closes generations that this process has no more use for; the one before stays, in case of a way back."""
        with self._lock:
            for old in [one for one in self._open if one < number]:
                self._open.pop(old)[1].dispose()

    def find(self, number: int) -> Generation | None:
        """A generation by its number, opened once a process; None where its file is gone. Schemas: see stands."""
        found = file_identity(self.control, number) if self.control.dialect.name == "sqlite" else None
        with self._lock:
            identity, generation = self._open.pop(number, (None, None))
            if generation is not None and identity != found:
                generation.dispose()
                generation = None
            if found is None and self.control.dialect.name == "sqlite":
                return None
            generation = generation or Generation(number, generation_engine(self.control, number, self._options))
            self._open[number] = found, generation
        return generation

    def get(self, number: int) -> Generation:
        """The same, where it must be there. Raises Gone."""
        if (generation := self.find(number)) is None:
            raise Gone(f"The tables of generation {number} are gone.")
        return generation

    def open_kept(self, number: int) -> Generation:
        """One that was live before, maybe under an older version, brought up to date."""
        generation = self.get(number)
        if not is_migrated(generation.engine, number):
            migrate_generation(generation.engine, number)
        return generation

    def stands(self) -> bool:
        """Whether the live generation's tables are there; where they aren't, the newest whole one is live afterwards.

        Raises Gone where there is none. SQLite's readers notice by themselves; on SQL Server somebody has to ask.
        """
        if (pointer := self._pointer(self.control)) is None or place_stands(self.control, pointer.number):
            return True
        self._go_back(pointer.number)
        return False

    def _go_back(self, gone: int) -> None:
        for number in generation_table.whole(self.control):
            if place_stands(self.control, number) and number != gone:
                with self.open_kept(number).write() as connection:
                    gate.open_for_all(connection)
                if generation_table.go_back(self.control, gone, number):
                    log.error("generation %s is gone; generation %s is live again", gone, number)
                self._seen = None
                return
        generation_table.nothing_left(self.control, gone)
        raise Gone(f"The tables of generation {gone} are gone, and no other is whole: the projector fills a fresh one.")

    def connect(self) -> Connection:
        """A reading connection on the live generation. A context manager."""
        return self.live().read()

    def checkpoint(self) -> int:
        """A number that rises with every batch that pages could show; no two generations have the same."""
        with closing(self.hold()) as held:
            return held.checkpoint()

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
        while self._pointer(self.control) is None:
            try:
                self.switch(self.create().number)
            except (UnderWay, LeaseLost):
                self.expire()
                time.sleep(0.1)
        try:
            generation = self.live()
        except Gone:
            generation = self.create(note="The one before is gone.")
            self.switch(generation.number, self.live_number())
        migrate_generation(generation.engine, generation.number)
        return generation

    def is_migrated(self) -> bool:
        """Whether the tables are those of this code."""
        if not is_migrated(self.control) or (pointer := self._pointer(self.control)) is None:
            return False
        generation = self.find(pointer.number)
        return generation is None or is_migrated(generation.engine, pointer.number)

    def create(self, note: str = "", beside: int | None = None) -> Generation:
        """A new, empty generation beside the live one, leased by this process. Raises UnderWay; Superseded where the
        live one isn't `beside` any more, if that is given."""
        token = uuid7()
        number = generation_table.begin(self.control, token, catalogue.fingerprint(), note, beside)
        self._holdings.add(number, token)
        try:
            make_place(self.control, number)
            generation = self.get(number)
            migrate_generation(generation.engine, number)
        except BaseException as error:
            self.abandon(number, str(error))
            raise
        return generation

    def hold_previous(self) -> Generation:
        """The generation that was live before the last switch, leased by this process. Raises Conflict, UnderWay."""
        token = uuid7()
        number = generation_table.hold_previous(self.control, token)
        self._holdings.add(number, token)
        return self.open_kept(number)

    def lease(self, number: int) -> Lease:
        """This process's on a generation. Raises LeaseLost."""
        return self._holdings.lease(number)

    def note(self, number: int, state: str | None, position: int = 0, text: str = "") -> None:
        """Writes down how a leased generation stands, for `status`. Raises LeaseLost."""
        generation_table.note(self.control, self.lease(number), state, position, text)

    def announce(self, number: int) -> None:
        """Has all processes look each time which generation is live, and returns once they do. Raises LeaseLost."""
        generation_table.announce(self.control, self.lease(number))
        time.sleep(2 * CACHED_S)

    def switch(self, number: int, before: int | None = None, *, may_return: bool = True) -> int | None:
        """Makes a leased generation live in one step in place of `before`, else of whichever is live; gives that one.

        may_return: whether there is a way back to it, and to the one before that. What must come before all this: see
        projector.switchover. Raises LeaseLost, Conflict.
        """
        before = self.live_number() if before is None else before
        try:
            generation_table.switch(self.control, self.lease(number), before, may_return=may_return)
        except DBAPIError:
            # Lost as it committed: the outcome is in the table.
            if self.live_number() != number:
                raise
        self._holdings.end(number)
        self._seen = None
        return before

    def abandon(self, number: int, text: str) -> bool:
        """Ends this process's lease without a switch; what was only half filled goes. Gives whether it was held."""
        if (lease := self._holdings.end(number)) is None:
            return False
        held = generation_table.abandon(self.control, lease, text)
        if held:
            self.drop(number)
        return held

    def expire(self) -> list[Leased]:
        """Ends the leases of those who haven't been heard of while this process watched: call it again and again."""
        return self._holdings.expire()

    def wait_for_turn(self) -> None:
        """Returns when nobody holds a generation; those who died in doing so are waited for. Raises UnderWay."""
        self._holdings.wait_for_turn()

    def reopen(self) -> bool:
        """Lets projectors go on with the live generation where whoever shut its gate has given up or died."""
        generation = self.live()
        with generation.read() as connection:
            token = gate.shut_by(connection)
        if token is None or generation_table.shutting(self.control, generation.number, token) is not False:
            return False
        with generation.write() as connection:
            return gate.open_again(connection, token)

    def drop_old(self) -> None:
        """Drops every generation but the live and the previous one, and those that are leased."""
        for number in generation_table.droppable(self.control):
            self.drop(number)

    def drop(self, number: int) -> None:
        """Takes one generation away, with all of its tables, if nobody needs or holds it."""
        if not generation_table.may_drop(self.control, number):
            return
        with self._lock:
            if (opened := self._open.pop(number, None)) is not None:
                opened[1].dispose()
        drop_place(self.control, number)
        generation_table.dropped(self.control, number)

    def discard(self, number: int, why: str) -> None:
        """Drops a generation that could have been live again, unless somebody holds it or it is live."""
        if generation_table.discard(self.control, number, why):
            self.drop(number)

    def live_number(self) -> int | None:
        """Also of one whose tables are gone; None before the first migration."""
        pointer = self._pointer(self.control)
        return None if pointer is None else pointer.number

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
            "outdated": self.is_outdated(),
            "checkpoint": generation.position(),
            "dead_letters": [msgspec.structs.asdict(letter) for letter in self.parked()],
            "generations": self.listed(),
            "repairs": self.repaired(),
        }

    def close(self) -> None:
        self._holdings.close()
        for _, generation in self._open.values():
            generation.dispose()
        self.control.dispose()

"""Generations: whole copies of the read model. One is live; a rebuild fills another and switches over."""

import logging
import time
from contextlib import closing
from typing import Any

import msgspec
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError

from domain.messages import Receipt
from readmodel import catalogue
from readmodel.engine import gate, progress
from readmodel.engine.connections import Control
from readmodel.engine.engines import open_control, storage_exists
from readmodel.engine.migrate import is_migrated, migrate_control, migrate_generation

from . import generation_table, repairs
from .connections import Connections
from .errors import GenerationGone, NoGeneration
from .generation import Generation
from .generation_table import BuildUnderWay, Pointer
from .leases import LeaseLost
from .lifecycle import POINTER_CACHE_S, GenerationLifecycle
from .open_generations import OpenGenerations
from .tables import live

WAIT_POLL_INTERVAL_S = 0.002

log = logging.getLogger(__name__)


class CachedPointer(msgspec.Struct, frozen=True):
    """The live generation as it was looked up: at is before that, by this process's clock."""

    at: float
    generation: Generation
    pointer: Pointer


class Generations:
    """Opens generations for readers and writers, and knows which is live; `lifecycle` creates, switches, drops them."""

    def __init__(self, url: str, options: dict[str, Any] | None = None) -> None:
        options = options or {}
        self.control = open_control(url, options)
        self._opened = OpenGenerations(self.control, options)
        self._seen: CachedPointer | None = None
        self.lifecycle = GenerationLifecycle(self.control, self._opened, self.live_number, self._forget_pointer)

    def live(self, control: Control | None = None) -> Generation:
        """The generation that pages read; where it has to be looked up, by way of control.

        Whoever is told of a switch that is announced looks each time: nobody reads the old one after the new one was
        read anywhere. Raises NoGeneration before the first migration, GenerationGone where its tables have vanished.
        """
        seen, at = self._seen, time.monotonic()
        if seen is not None and seen.pointer.next is None and at - seen.at < POINTER_CACHE_S:
            return seen.generation
        if (pointer := self._pointer(control or self.control)) is None:
            raise NoGeneration("The read model isn't there yet: run `bin/verbatim migrate` (bin/run does).")
        if (generation := self.find(pointer.number)) is None:
            self._fall_back(pointer.number)
            return self.live(control)
        if seen is not None and seen.generation.number != pointer.number:
            self._opened.close_before(seen.generation.number)
        self._seen = CachedPointer(at, generation, pointer)
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

    def find(self, number: int) -> Generation | None:
        """A generation by its number; None where its file is gone. Of a schema tables_exist tells."""
        return self._opened.find(number)

    def open_kept(self, number: int) -> Generation:
        """One that was live before, maybe under an older version, migrated. Raises GenerationGone."""
        return self._opened.migrated(number)

    def tables_exist(self) -> bool:
        """Whether the live generation's tables are there; where they aren't, the newest whole one is live afterwards.

        SQLite's readers notice by themselves; on SQL Server somebody has to ask. Raises GenerationGone where none is.
        """
        if (pointer := self._pointer(self.control)) is None or storage_exists(self.control, pointer.number):
            return True
        self._fall_back(pointer.number)
        return False

    def _fall_back(self, gone: int) -> None:
        for number in generation_table.whole(self.control):
            if storage_exists(self.control, number) and number != gone:
                with self.open_kept(number).write() as connection:
                    gate.open_for_all(connection)
                if generation_table.go_back(self.control, gone, number):
                    log.error("generations: generation %s is gone; generation %s is live again", gone, number)
                self._seen = None
                return
        generation_table.nothing_left(self.control, gone)
        raise GenerationGone(
            f"The tables of generation {gone} are gone, and no other is whole: the projector fills a fresh one."
        )

    def connect(self) -> Connection:
        """A reading connection on the live generation. A context manager."""
        return self.live().read()

    def change_token(self) -> tuple[Generation, int]:
        """A value that is equal to an earlier one only where nothing was committed to the live generation in between.

        On SQL Server a row that was repaired doesn't count.
        """
        generation = self.live()
        return generation, generation.change_counter()

    def connections(self) -> Connections:
        """Connections to be closed again, for as long as a request or a wait takes."""
        return Connections(self)

    def wait(self, receipt: Receipt, timeout_s: float, connections: Connections | None = None) -> bool:
        """Whether the live generation shows the receipt's stream at its version, within timeout_s seconds.

        connections: which to ask by, else some of its own for the whole of it.
        """
        if connections is None:
            with closing(self.connections()) as own:
                return self.wait(receipt, timeout_s, own)
        until = time.monotonic() + timeout_s
        while True:
            connections.refresh()
            if progress.version(connections.live(), receipt.stream) >= receipt.version:
                return True
            if time.monotonic() >= until:
                return False
            time.sleep(WAIT_POLL_INTERVAL_S)

    def migrate(self) -> Generation:
        """Brings the control tables and the live generation up to date; makes the first one where there is none."""
        migrate_control(self.control)
        while self._pointer(self.control) is None:
            try:
                self.lifecycle.switch(self.lifecycle.create().number)
            except (BuildUnderWay, LeaseLost):
                self.lifecycle.expire()
                time.sleep(0.1)
        try:
            generation = self.live()
        except GenerationGone:
            generation = self.lifecycle.create(note="The one before is gone.")
            self.lifecycle.switch(generation.number, self.live_number())
        migrate_generation(generation.engine, generation.number)
        return generation

    def is_migrated(self) -> bool:
        """Whether the tables are those of this code."""
        if not is_migrated(self.control) or (pointer := self._pointer(self.control)) is None:
            return False
        generation = self.find(pointer.number)
        return generation is None or is_migrated(generation.engine, pointer.number)

    def reopen(self) -> bool:
        """Lets projectors go on with the live generation where whoever shut its gate has given up or died."""
        generation = self.live()
        with generation.read() as connection:
            token = gate.shut_by(connection)
        if token is None or generation_table.shutting(self.control, generation.number, token) is not False:
            return False
        with generation.write() as connection:
            return gate.open_again(connection, token)

    def live_number(self) -> int | None:
        """Also of one whose tables are gone; None before the first migration."""
        pointer = self._pointer(self.control)
        return None if pointer is None else pointer.number

    def parked(self) -> list[progress.DeadLetter]:
        """The live generation's dead letters."""
        with self.connect() as connection:
            return progress.parked(connection)

    def status(self) -> dict[str, Any]:
        """What an operator wants to know: generation, checkpoint, dead letters."""
        generation = self.live()
        return {
            "generation": generation.number,
            "outdated": self.is_outdated(),
            "checkpoint": generation.position(),
            "dead_letters": [msgspec.structs.asdict(letter) for letter in self.parked()],
            "generations": generation_table.listed(self.control),
            "repairs": repairs.newest(self.control),
        }

    def _forget_pointer(self) -> None:
        self._seen = None

    def close(self) -> None:
        self.lifecycle.close()
        self._opened.close_all()
        self.control.dispose()

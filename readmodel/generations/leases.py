"""Leases on generations: whoever fills one, or is about to switch to it, counts up in its row for as long as they live.

Nobody's clock is believed. The holder's thread raises a count, the beat; whoever wants the generation looks, by a clock
of their own, whether the beat still moves, and takes it only as they last saw it. See docs/decisions/0037.
"""

import logging
import threading
import time

import msgspec
from sqlalchemy import ColumnElement, Engine, select, update
from sqlalchemy.exc import SQLAlchemyError

from domain.errors import Conflict
from readmodel.engine.engines import reading, writing

from .tables import generations

RENEW_S = 1.0
EXPIRES_S = 15.0
LEASABLE_STATES = ("building", "ready", "previous")
"""States in which a generation may have a holder."""

log = logging.getLogger(__name__)


class LeaseLost(Conflict):
    """The generation was taken from whoever had it, since nothing was heard of them; they must not go on."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"Generation {number} was taken away: this process had not been heard of for {EXPIRES_S:.0f} seconds. "
            "Nothing was switched. Run `bin/verbatim rebuild` again if it is still wanted."
        )


class Lease:
    """One generation's, renewed by a thread of its own until it ends or is lost."""

    def __init__(self, control: Engine, number: int, token: str) -> None:
        self.number = number
        self.token = token
        self._control = control
        self._over = threading.Event()
        threading.Thread(target=self._renew, name=f"lease-{number}", daemon=True).start()

    def require(self) -> None:
        """Raises LeaseLost where it isn't held any more."""
        mine = select(generations.c.number).where(held_by(self.number, self.token))
        with reading(self._control).connect() as connection:
            if connection.execute(mine).one_or_none() is None:
                raise LeaseLost(self.number)

    def end(self) -> None:
        """Stops renewing. What becomes of the generation is the caller's affair."""
        self._over.set()

    def _renew(self) -> None:
        while not self._over.wait(RENEW_S):
            try:
                with writing(self._control).begin() as connection:
                    again = update(generations).where(held_by(self.number, self.token))
                    if connection.execute(again.values(beat=generations.c.beat + 1)).rowcount == 0:
                        return
            except SQLAlchemyError as error:
                log.warning("generation lease: the lease on generation %s can't be renewed now: %s", self.number, error)


def held_by(number: int, token: str) -> ColumnElement[bool]:
    """The condition that a token has the lease on a generation."""
    return (generations.c.number == number) & (generations.c.holder == token)


class Leased(msgspec.Struct, frozen=True):
    """A lease as somebody else saw it at one moment."""

    number: int
    holder: str
    beat: int


class Watch:
    """Tells the living from the dead by watching their beats, by this process's own clock."""

    def __init__(self) -> None:
        self._first_seen: dict[Leased, float] = {}
        self._moved: set[str] = set()

    def look(self, leased: list[Leased]) -> list[Leased]:
        """Those whose beat hasn't moved for EXPIRES_S while this watched."""
        now = time.monotonic()
        known = {seen.holder for seen in self._first_seen}
        self._moved |= {one.holder for one in leased if one.holder in known and one not in self._first_seen}
        self._first_seen = {one: self._first_seen.get(one, now) for one in leased}
        return [one for one, since in self._first_seen.items() if now - since >= EXPIRES_S]

    def saw_alive(self, holder: str) -> bool:
        """Whether the beat moved since this began to watch."""
        return holder in self._moved

"""The life of generations: created and leased, filled, switched to, abandoned, dropped. See docs/decisions/0037."""

import time
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from domain.ids import uuid7
from readmodel import catalogue
from readmodel.engine.engines import create_storage, drop_storage

from . import generation_table
from .generation import Generation
from .held_leases import HeldLeases
from .leases import Lease, Leased
from .open_generations import OpenGenerations

POINTER_CACHE_S = 0.05
"""How long a process may take the live generation for what it was at its last look-up."""


class GenerationLifecycle:
    """Changes which generations there are, holding leases on those that this process works on.

    live_number: of the live one, looked up. forget_pointer: is called once another is live.
    """

    def __init__(
        self,
        control: Engine,
        opened: OpenGenerations,
        live_number: Callable[[], int | None],
        forget_pointer: Callable[[], None],
    ) -> None:
        self._control = control
        self._opened = opened
        self._live_number = live_number
        self._forget_pointer = forget_pointer
        self._leases = HeldLeases(control)

    def create(self, note: str = "", beside: int | None = None) -> Generation:
        """A new, empty generation beside the live one, leased by this process.

        Raises BuildUnderWay; Superseded where the live one isn't `beside` any more, if that is given.
        """
        token = uuid7()
        number = generation_table.begin(self._control, token, catalogue.fingerprint(), note, beside)
        self._leases.add(number, token)
        try:
            create_storage(self._control, number)
            generation = self._opened.migrated(number)
        except BaseException as error:
            self.abandon(number, str(error))
            raise
        return generation

    def hold_previous(self) -> Generation:
        """The generation that was live before the last switch, leased here. Raises Conflict, BuildUnderWay."""
        token = uuid7()
        number = generation_table.hold_previous(self._control, token)
        self._leases.add(number, token)
        return self._opened.migrated(number)

    def lease(self, number: int) -> Lease:
        """This process's on a generation. Raises LeaseLost."""
        return self._leases.lease(number)

    def note(self, number: int, state: str | None, position: int = 0, text: str = "") -> None:
        """Writes down how a leased generation stands, for `status`. Raises LeaseLost."""
        generation_table.note(self._control, self.lease(number), state, position, text)

    def announce(self, number: int) -> None:
        """Has all processes look each time which generation is live, and returns once they do. Raises LeaseLost."""
        generation_table.announce(self._control, self.lease(number))
        time.sleep(2 * POINTER_CACHE_S)

    def switch(self, number: int, before: int | None = None, *, may_return: bool = True) -> int | None:
        """Makes a leased generation live in one step in place of `before`, else of whichever is live; gives that one.

        may_return: whether there is a way back to it, and to the one before that. What must come before all this: see
        projector.switchover. Raises LeaseLost, Conflict.
        """
        before = self._live_number() if before is None else before
        try:
            generation_table.switch(self._control, self.lease(number), before, may_return=may_return)
        except DBAPIError:
            # Lost as it committed: the outcome is in the table.
            if self._live_number() != number:
                raise
        self._leases.end(number)
        self._forget_pointer()
        return before

    def abandon(self, number: int, text: str) -> bool:
        """Ends this process's lease without a switch; what was only half filled goes. Gives whether it was held."""
        if (lease := self._leases.end(number)) is None:
            return False
        held = generation_table.abandon(self._control, lease, text)
        if held:
            self.drop(number)
        return held

    def expire(self) -> list[Leased]:
        """Ends the leases of those who haven't been heard of while this process watched: call it again and again."""
        return self._leases.expire()

    def wait_for_turn(self) -> None:
        """Returns when nobody holds a generation; those who died in doing so are waited for. Raises BuildUnderWay."""
        self._leases.wait_for_turn()

    def drop_old(self) -> None:
        """Drops every generation but the live and the previous one, and those that are leased."""
        for number in generation_table.droppable(self._control):
            self.drop(number)

    def drop(self, number: int) -> None:
        """Takes one generation away, with all of its tables, if nobody needs or holds it."""
        if not generation_table.may_drop(self._control, number):
            return
        self._opened.close(number)
        drop_storage(self._control, number)
        generation_table.dropped(self._control, number)

    def discard(self, number: int, why: str) -> None:
        """Drops a generation that could have been live again, unless somebody holds it or it is live."""
        if generation_table.discard(self._control, number, why):
            self.drop(number)

    def close(self) -> None:
        """Stops renewing leases."""
        self._leases.close()

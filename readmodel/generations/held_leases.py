"""What this process holds by a lease, and what it has seen of the leases of others."""

import logging
import time

from sqlalchemy import Engine

from . import generation_table
from .generation_table import BuildUnderWay
from .leases import Lease, Leased, LeaseLost, Watch

PATIENCE_S = 20.0
"""Longer than the lease of somebody who died, so that whoever waits gets a turn."""
POLL_S = 0.2

log = logging.getLogger(__name__)


class HeldLeases:
    """By the number of the generation."""

    def __init__(self, control: Engine) -> None:
        self._control = control
        self._leases: dict[int, Lease] = {}
        self._watch = Watch()

    def add(self, number: int, token: str) -> None:
        """The registry has noted the token as the generation's holder: it is renewed from now on."""
        self._leases[number] = Lease(self._control, number, token)

    def lease(self, number: int) -> Lease:
        """Raises LeaseLost where this process has none."""
        if (found := self._leases.get(number)) is None:
            raise LeaseLost(number)
        return found

    def end(self, number: int) -> Lease | None:
        """Renews it no more; gives what it was."""
        if (found := self._leases.pop(number, None)) is not None:
            found.end()
        return found

    def expire(self) -> list[Leased]:
        """Ends the leases of those who haven't been heard of while this watched."""
        dead = self._watch.look(generation_table.leased(self._control))
        ended = [one for one in dead if generation_table.take_over(self._control, one)]
        for one in ended:
            log.warning("generation lease: generation %s was given up: its holder has not been heard of", one.number)
        return ended

    def wait_for_turn(self) -> None:
        """Returns when nobody holds a generation; those who died in doing so are waited for. Raises BuildUnderWay."""
        until = time.monotonic() + PATIENCE_S
        while leased := generation_table.leased(self._control):
            self.expire()
            if self._watch.saw_alive(leased[0].holder) or time.monotonic() >= until:
                raise BuildUnderWay(f"A rebuild is under way already (generation {leased[0].number}). Wait for it.")
            time.sleep(POLL_S)

    def close(self) -> None:
        for number in list(self._leases):
            self.end(number)

"""Looks hosts up within a time: getaddrinfo has no limit of its own, and can't be ended once it is asked.

A look-up that outlasts those who wait for it goes on in its thread, so there is a bound on threads; all who ask for one
host meanwhile share its look-up. They are daemons: no name server keeps the process from ending.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError

from .addresses import Place, looked_up
from .refusals import CutOff, NotCalled

MOST = 64
"""Twice as many as there are calls at a time (delivering.THREADS): as many may still be stuck from before."""


class Resolver:
    """For several threads at once."""

    def __init__(self, look_up: Callable[[str], list[Place]] = looked_up, most: int = MOST) -> None:
        self._look_up = look_up
        self._most = most
        self._lock = threading.Lock()
        self._asked: dict[str, Future[list[Place]]] = {}
        self._over = False

    def places(self, host: str, until: float) -> list[Place]:
        """Where a host is, whether or not it may be called. Raises NotCalled, also when until (monotonic) has come."""
        try:
            return self._lookup(host).result(max(0.0, until - time.monotonic()))
        except TimeoutError as error:
            raise NotCalled(f"{host} couldn't be looked up in time: no name server answered.") from error

    def cut_off(self) -> None:
        """Nobody waits any longer: the process stops."""
        with self._lock:
            self._over = True
            for lookup in self._asked.values():
                _settle(lookup, CutOff("The process stops."))

    def _lookup(self, host: str) -> "Future[list[Place]]":
        with self._lock:
            if self._over:
                raise CutOff("The process stops.")
            if (known := self._asked.get(host)) is not None:
                return known
            if len(self._asked) >= self._most:
                raise NotCalled(f"{host} couldn't be looked up: too many other names are still being looked up.")
            lookup: Future[list[Place]] = Future()
            threading.Thread(target=self._run, args=(host, lookup), name="resolving", daemon=True).start()
            self._asked[host] = lookup
            return lookup

    def _run(self, host: str, lookup: "Future[list[Place]]") -> None:
        try:
            found: list[Place] | Exception = self._look_up(host)
        except Exception as error:  # noqa: BLE001 - whoever asked gets it
            found = error
        with self._lock:
            del self._asked[host]
            _settle(lookup, found)


def _settle(lookup: "Future[list[Place]]", found: list[Place] | Exception) -> None:
    try:
        if isinstance(found, Exception):
            lookup.set_exception(found)
        else:
            lookup.set_result(found)
    except InvalidStateError:
        return  # it was cut off before

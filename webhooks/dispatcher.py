"""Main loop of the webhooks process: queues new events, hands due deliveries to threads.

No receiver holds up another: one account has few calls under way at a time, and each call has a time limit.
"""

import time
from collections import Counter
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Event

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from domain import ids
from domain.errors import Unavailable, first_line
from operational import webhook_deliveries
from operational.webhook_deliveries import Delivery

from .follower import MAX_WAITING, Follower
from .sender import Sender

MAX_CALLS = 32
MAX_CALLS_PER_ACCOUNT = 4
CLAIM = timedelta(minutes=1)
"""Longer than any call takes; a process that dies lets go of its deliveries when it is over."""
MAX_BATCHES = 10
"""How much that happened is queued before calls are made and a stop is noticed."""
TICK_S = 0.25
REST_RATIO = 4
"""After a look at the queue it rests this many times as long as that took, so a long queue doesn't eat the database."""
MAX_PAUSE_S = 5.0
DRAIN_TIMEOUT_S = 5.0

log = structlog.get_logger("webhooks")


class Dispatcher:
    """One process's part; several share the queue."""

    def __init__(self, follower: Follower, sender: Sender, engine: Engine) -> None:
        self._follower = follower
        self._sender = sender
        self._engine = engine
        self._pool = ThreadPoolExecutor(MAX_CALLS, "delivery")
        self._calls: dict[Future[None], Delivery] = {}
        self._wake = Event()

    def run(self, stop: Event) -> None:
        """Until stop is set; then calls under way may end, and what hangs is left to be sent again."""
        pause = TICK_S
        while not stop.is_set():
            began = time.monotonic()
            try:
                self.step()
                pause = max(TICK_S, REST_RATIO * (time.monotonic() - began))
            except (SQLAlchemyError, Unavailable) as error:
                pause = min(pause * 2, MAX_PAUSE_S)
                log.warning("away, trying again", error=first_line(error), pause_s=pause)
            until = time.monotonic() + pause
            while not stop.is_set() and not self._wake.wait(TICK_S) and time.monotonic() < until:
                pass
            self._wake.clear()
        self._drain()

    def step(self) -> None:
        """One round: queues what happened since the last one, starts what is due."""
        self._follow()
        self._start_due()

    def wait(self) -> None:
        """Until no call is under way."""
        futures.wait(self._calls)

    def _follow(self) -> None:
        for _ in range(MAX_BATCHES):
            taken, full = self._follower.step()
            for target in full:
                why = f"{MAX_WAITING:,} deliveries waited for it. What happened after that isn’t kept for it."
                self._sender.pause(target.account, target.webhook, why)
            if not taken:
                return
        self._wake.set()

    def _start_due(self) -> None:
        self._calls = {call: claimed for call, claimed in self._calls.items() if not call.done()}
        if len(self._calls) >= MAX_CALLS:
            return
        now, busy = ids.now(), Counter(claimed.account for claimed in self._calls.values())
        for webhook, account in webhook_deliveries.ready(self._engine, now):
            room = min(MAX_CALLS - busy.total(), MAX_CALLS_PER_ACCOUNT - busy[account])
            if room > 0:
                until = ids.from_now(CLAIM)
                for claimed in webhook_deliveries.claim(self._engine, webhook, now, until, room):
                    busy[account] += 1
                    self._start(claimed)

    def _start(self, claimed: Delivery) -> None:
        call = self._pool.submit(self._sender.attempt, claimed)
        self._calls[call] = claimed
        call.add_done_callback(self._ended)

    def _ended(self, call: "Future[None]") -> None:
        """What an attempt raises costs that attempt: its claim runs out, and it comes again."""
        if (error := call.exception()) is not None:
            log.error("an attempt failed on our side", error=f"{type(error).__name__}: {error}")
        self._wake.set()

    def _drain(self) -> None:
        """Gives back the claims of calls that don't end in time: another process sends them, under the same id."""
        hanging = futures.wait(self._calls, DRAIN_TIMEOUT_S).not_done
        with suppress(SQLAlchemyError):
            for call in hanging:
                webhook_deliveries.settle(self._engine, self._calls[call], due_at=ids.now())
        self._pool.shutdown(wait=False)

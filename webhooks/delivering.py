"""The loop: follow what happens, hand out what is due to threads, forget what is long over.

No receiver holds up another: one account has few calls under way at a time, and each call has an end.
"""

import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from domain import ids
from domain.errors import Unavailable
from operational import webhook_deliveries
from operational.webhook_deliveries import Delivery, State

from .calling import Caller
from .following import MOST_WAITING, Follower
from .sending import Sender

THREADS = 32
EACH = 4
"""Calls under way at a time for one account."""
LEASE_S = 60.0
"""Longer than any call takes; a process that dies lets go of its deliveries when it is over."""
BATCHES = 10
"""How much that happened is looked at before calls are made and a stop is noticed."""
TICK_S = 0.25
SHARE = 4
"""After a look at the queue it rests this many times as long as that took, so a long queue doesn't eat the database."""
LONGEST_PAUSE_S = 5.0
DRAIN_S = 5.0
KEPT: dict[State, timedelta] = {"delivered": timedelta(days=7), "dead": timedelta(days=30)}
PRUNE_EVERY_S = 3_600.0

log = structlog.get_logger("webhooks")


class Deliverer:
    """One process's part; several share the queue."""

    def __init__(self, follower: Follower, sender: Sender, caller: Caller, engine: Engine) -> None:
        self._follower = follower
        self._sender = sender
        self._caller = caller
        self._engine = engine
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()
        self._wake = Event()
        self._pruned = float("-inf")

    def run(self, stop: Event) -> None:
        """Until stop is set; then calls under way may end, and are cut off after DRAIN_S."""
        pause = TICK_S
        with ThreadPoolExecutor(THREADS, "delivery") as pool:
            while not stop.is_set():
                began = time.monotonic()
                try:
                    self.step(pool)
                    pause = max(TICK_S, SHARE * (time.monotonic() - began))
                except (SQLAlchemyError, Unavailable) as error:
                    pause = min(max(pause, TICK_S) * 2, LONGEST_PAUSE_S)
                    log.warning("away, trying again", error=str(error).split("\n")[0], pause_s=pause)
                self._rest(stop, pause)
            self._drain()

    def _rest(self, stop: Event, pause: float) -> None:
        """Until there is something to do; a stop is noticed within TICK_S."""
        until = time.monotonic() + pause
        while not stop.is_set() and (left := until - time.monotonic()) > 0:
            if self._wake.wait(min(TICK_S, left)):
                break
        self._wake.clear()

    def step(self, pool: ThreadPoolExecutor) -> None:
        """One round: what happened since the last one, then what is due, then what is over."""
        for _ in range(BATCHES):
            if not self._follow():
                break
        else:
            self._wake.set()
        self._hand_out(pool)
        if time.monotonic() - self._pruned >= PRUNE_EVERY_S:
            self.prune()
            self._pruned = time.monotonic()

    def prune(self) -> None:
        for state, kept in KEPT.items():
            webhook_deliveries.prune(self._engine, state, ids.timestamp(datetime.now(UTC) - kept))

    def wait(self) -> None:
        """Until no call is under way."""
        while self._busy():
            time.sleep(0.005)

    def _follow(self) -> bool:
        """Whether there may be more to look at."""
        looked_at, full = self._follower.step()
        for target in full:
            why = f"{MOST_WAITING:,} deliveries waited for it. What happened after that isn’t kept for it."
            self._sender.pause(target.handle, target.webhook, why)
        return looked_at > 0

    def _hand_out(self, pool: ThreadPoolExecutor) -> None:
        now = ids.now()
        for webhook, handle in webhook_deliveries.ready(self._engine, now) if self._busy() < THREADS else ():
            room = min(THREADS - self._busy(), EACH - self._under_way[handle])
            if room > 0:
                until = ids.timestamp(datetime.now(UTC) + timedelta(seconds=LEASE_S))
                for claimed in webhook_deliveries.claim(self._engine, webhook, now, until, room):
                    self._start(pool, claimed)

    def _start(self, pool: ThreadPoolExecutor, claimed: Delivery) -> None:
        with self._lock:
            self._under_way[claimed.handle] += 1
        pool.submit(self._sender.attempt, claimed).add_done_callback(lambda done: self._ended(claimed, done))

    def _ended(self, claimed: Delivery, done: Future[None]) -> None:
        """What a try raises costs that try: its claim runs out, and it comes again."""
        if (error := done.exception()) is not None:
            log.error("a try failed on our side", delivery=claimed.id, error=f"{type(error).__name__}: {error}")
        with self._lock:
            self._under_way[claimed.handle] -= 1
            if not self._under_way[claimed.handle]:
                del self._under_way[claimed.handle]
        self._wake.set()

    def _busy(self) -> int:
        with self._lock:
            return self._under_way.total()

    def _drain(self) -> None:
        until = time.monotonic() + DRAIN_S
        while self._busy() and time.monotonic() < until:
            time.sleep(0.01)
        self._caller.cut_off()

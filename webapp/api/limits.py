"""How often one token, and one address without one, may call. Each worker counts by itself, in memory."""

import time
from typing import Any, cast

import msgspec
from flask import Flask, Response, current_app, g, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, RateLimiter

from .callers import Caller
from .operations import Operation
from .refusals import TooMany

READS, WRITES = parse("3000 per minute"), parse("600 per minute")
STRANGERS = parse("6000 per minute")
"""Of one address, whatever tokens come from it: nobody tries tokens out faster than that."""
OWN: dict[str, RateLimitItem] = {
    "register_account": parse("30 per minute"),
    "make_token": parse("20 per minute"),
    "change_password": parse("20 per minute"),
    "rebuild": parse("6 per hour"),
}


class Window(msgspec.Struct, frozen=True):
    """What is left of a limit, and in how many seconds it is whole again."""

    limit: int
    remaining: int
    reset_s: int


def start(app: Flask) -> None:
    app.extensions["api_limits"] = FixedWindowRateLimiter(MemoryStorage())


def count_address() -> None:
    """Counts a call before its token is looked at. Raises TooMany."""
    _count(STRANGERS, f"address:{request.remote_addr}")


def count(operation: Operation, caller: Caller | None) -> None:
    """Counts a call of this operation against its token, else its address. Raises TooMany."""
    item = OWN.get(operation.name) or (WRITES if operation.command else READS)
    kind = operation.name if operation.name in OWN else operation.command
    who = f"token:{caller.token}" if caller else f"address:{request.remote_addr}"
    _count(item, f"{kind}:{who}")


def tell(response: Response) -> None:
    """The narrowest limit that this call was counted against."""
    window: Window | None = g.get("rate_window")
    if window is not None:
        response.headers["RateLimit-Limit"] = str(window.limit)
        response.headers["RateLimit-Remaining"] = str(window.remaining)
        response.headers["RateLimit-Reset"] = str(window.reset_s)


def _count(item: RateLimitItem, key: str) -> None:
    limiter = cast("RateLimiter | None", current_app.extensions.get("api_limits"))
    if limiter is None:
        return
    taken = limiter.hit(item, key)
    stats: Any = limiter.get_window_stats(item, key)
    g.rate_window = Window(item.amount, stats.remaining, max(1, round(stats.reset_time - time.time())))
    if not taken:
        raise TooMany(g.rate_window.reset_s)

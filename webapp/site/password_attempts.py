"""Wrong passwords, counted by account: whoever tries from many addresses, on pages and in calls, is slowed down too.

The more of them, the longer the wait. Right ones aren't counted, and whoever is logged in stays so.
"""

from flask import g
from werkzeug.exceptions import TooManyRequests

from . import site
from .rate_counters import Limit

LIMITS = (Limit(5, 60), Limit(10, 900), Limit(20, 3_600), Limit(50, 86_400))
"""So many wrong ones in so many seconds: the back-off is from a minute to a day."""


def require_attempts_left(who: str) -> None:
    """Raises TooManyRequests where too many were wrong; whether there is such an account doesn't matter."""
    counts = site.current().counts
    if counts is None:
        return
    windows = [counts.peek(limit, _key(who, limit)) for limit in LIMITS]
    spent = [window for window in windows if window.remaining == 0]
    if spent:
        g.rate_window = max(spent, key=lambda window: window.reset_s)
        raise TooManyRequests


def count_failure(who: str) -> None:
    """Counts one more wrong password for this account."""
    if (counts := site.current().counts) is not None:
        for limit in LIMITS:
            counts.hit(limit, _key(who, limit))


def _key(who: str, limit: Limit) -> str:
    return f"password:{limit.seconds}:{who}"

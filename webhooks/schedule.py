"""Retry schedule of a delivery: growing delays with jitter, and the receiver's Retry-After."""

import random

from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

RETRY_DELAYS_S = (5, 60, 300, 1_800, 7_200, 21_600, 54_000)
"""After each failed attempt; one more than these, and it is a dead letter: eight attempts within about a day."""
JITTER_RATIO = 0.2
MAX_RETRY_AFTER_S = 86_400


def retry_delay_s(attempts: int, retry_after: str | None) -> float | None:
    """Seconds until the next attempt, after so many; None where that was the last.

    retry_after: the receiver's header, if it is to be heard; it makes the time longer, never shorter.
    """
    if attempts > len(RETRY_DELAYS_S):
        return None
    planned = RETRY_DELAYS_S[attempts - 1] * random.uniform(1 - JITTER_RATIO, 1 + JITTER_RATIO)
    return max(planned, _retry_after_s(retry_after or "0"))


def _retry_after_s(header: str) -> float:
    """Seconds or a date (RFC 9110, 10.2.3), MAX_RETRY_AFTER_S at most; 0 for nonsense."""
    try:
        return Retry(retry_after_max=MAX_RETRY_AFTER_S).parse_retry_after(header)
    except (InvalidHeader, ValueError, OverflowError):
        return 0.0

"""When a delivery that failed is tried again."""

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

DELAYS_S = (5, 60, 300, 1_800, 7_200, 21_600, 54_000)
"""After each failed try; one more than these, and it is a dead letter: eight tries within about a day."""
JITTER = 0.2
LONGEST_S = 86_400


def delay_s(attempts: int, retry_after: str | None) -> float | None:
    """Seconds until the next try, after so many; None where that was the last.

    retry_after is the receiver's header, if it is to be heard: it makes the time longer, never shorter.
    """
    if attempts > len(DELAYS_S):
        return None
    planned = DELAYS_S[attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER)
    return max(planned, _asked_s(retry_after))


def _asked_s(retry_after: str | None) -> float:
    """What Retry-After asks for: seconds or a date (RFC 9110, 10.2.3), LONGEST_S at most; 0 for nonsense."""
    said = (retry_after or "").strip()
    if said.isascii() and said.isdigit():
        return float(min(int(said[:10]), LONGEST_S))
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), LONGEST_S)

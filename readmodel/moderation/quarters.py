"""Quarters of a year, by which the site tells what its moderation did."""

import re
from datetime import datetime

_QUARTER = re.compile(r"\d{4}-Q[1-4]\Z", re.ASCII)


def quarter_of(moment: str) -> str:
    """Such as "2026-Q4", of a moment as domain.ids writes it."""
    return f"{moment[:4]}-Q{(int(moment[5:7]) + 2) // 3}"


def is_quarter(text: str) -> bool:
    return _QUARTER.match(text) is not None


def is_over(quarter: str, now: str) -> bool:
    """Whether it is a quarter, and one before that of now."""
    return is_quarter(quarter) and quarter < quarter_of(now)


def last_over(now: str) -> str:
    """The quarter before that of now."""
    year, quarter = int(now[:4]), int(quarter_of(now)[-1])
    return f"{year:04}-Q{quarter - 1}" if quarter > 1 else f"{year - 1:04}-Q4"


def seconds_between(earlier: str, later: str) -> int:
    """Whole seconds; 0 where the clocks of two machines turned them round."""
    return max(0, round((datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()))

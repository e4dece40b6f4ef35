"""Terms: moments up to which something holds, as people give them. Nothing happens at the end: who asks compares."""

from datetime import datetime, timedelta

from domain.errors import Invalid, Sentence
from domain.ids import to_iso_utc
from domain.text import about_field

LONGEST = timedelta(days=3_653)
"""Ten years."""


def later(moment: str, delta: timedelta) -> str:
    """The moment so much later, as domain.ids writes moments."""
    return to_iso_utc(datetime.fromisoformat(moment) + delta)


def require_term(field: str, until: str, now: str) -> None:
    """Raises Invalid unless until is a moment after now, and at most ten years after it."""
    if not is_moment(until):
        raise Invalid({field: about_field(field, "%(field)s must be a time such as 2027-05-03T12:00:00.000000Z.")})
    if until <= now:
        raise Invalid({field: about_field(field, "%(field)s is in the past.")})
    if until > later(now, LONGEST):
        raise Invalid({field: Sentence("Ten years from now is the furthest.")})


def is_moment(text: str) -> bool:
    """Whether text is a time exactly as domain.ids writes it."""
    try:
        return to_iso_utc(datetime.fromisoformat(text)) == text
    except (ValueError, OverflowError):
        return False

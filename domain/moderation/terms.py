"""Terms: moments up to which something holds, as people give them. Nothing happens at the end: who asks compares."""

from datetime import datetime, timedelta

from domain.errors import Invalid
from domain.ids import parse_moment, to_iso_utc
from domain.text import about_field

MAX_YEARS = 10


def later(moment: str, delta: timedelta) -> str:
    """The moment so much later, as domain.ids writes moments."""
    return to_iso_utc(datetime.fromisoformat(moment) + delta)


def require_term(field: str, until: str, now: str) -> str:
    """The moment as it is stored. Raises Invalid unless it is one after now, and at most MAX_YEARS after it."""
    moment = parse_moment(until)
    if moment is None:
        sentence = "%(field)s must be a moment with its time zone, such as 2027-05-03T12:00:00Z."
        raise Invalid({field: about_field(field, sentence)})
    # Compared as text: of a 29 February the last day may be one that the calendar lacks.
    if not now < moment <= f"{int(now[:4]) + MAX_YEARS:04}{now[4:]}":
        sentence = "%(field)s must be a moment yet to come, and at most %(years)s years from now."
        raise Invalid({field: about_field(field, sentence, years=MAX_YEARS)})
    return moment


def is_moment(text: str) -> bool:
    """Whether text is a time exactly as domain.ids writes it."""
    try:
        return to_iso_utc(datetime.fromisoformat(text)) == text
    except (ValueError, OverflowError):
        return False

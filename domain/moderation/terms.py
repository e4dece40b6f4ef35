"""Terms: moments up to which something holds, as people give them. Nothing happens at the end: who asks compares."""

from datetime import datetime, timedelta

from domain.errors import Invalid, Sentence
from domain.ids import parse_moment, to_iso_utc
from domain.text import about_field

MAX_YEARS = 10


def later(moment: str, delta: timedelta) -> str:
    """The moment so much later, as domain.ids writes moments."""
    return to_iso_utc(datetime.fromisoformat(moment) + delta)


def days_after(moment: str, days: int) -> str:
    """The same, so many days later; "" for more than there are."""
    try:
        return later(moment, timedelta(days=days))
    except (ValueError, OverflowError):
        return ""


def term_end(field: str, typed: str, now: str) -> str:
    """The end of a term as an event says it: ISO 8601 with an offset. Raises Invalid for what isn't a moment, is past,
    or is more than MAX_YEARS ahead."""
    until = parse_moment(typed)
    if until is None:
        raise Invalid({field: no_moment(field)})
    if not now < until <= _years_after(now, MAX_YEARS):
        said = about_field(field, "%(field)s must be yet to come, and within %(years)s years.", years=MAX_YEARS)
        raise Invalid({field: said})
    return until


def no_moment(field: str) -> Sentence:
    """The fault of a field that should hold a moment."""
    return about_field(field, "%(field)s must be a time such as 2027-05-03T12:00:00Z.")


def is_moment(text: str) -> bool:
    """Whether text is a time exactly as domain.ids writes it."""
    return parse_moment(text) == text


def _years_after(moment: str, years: int) -> str:
    """To be compared as text: of a 29 February it may be a day that the calendar lacks."""
    return f"{int(moment[:4]) + years:04}{moment[4:]}" if parse_moment(moment) else ""

"""How long whatever is kept by age is kept: the one source for those who delete it, and for the page that says so."""

import re
from collections.abc import Mapping
from datetime import timedelta

import msgspec

_SPAN = re.compile(r"([0-9]{1,6})([smhd])")
_UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day"}
LEAST, MOST = timedelta(hours=1), timedelta(days=3650)
MOST_LEAVE_AFTER = timedelta(days=365)


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """The period of each kind of thing, since it was made or last used, whichever is said.

    sessions           since somebody logged in
    visits             since they last opened a thread: what is new there is told by it
    notifications      since it happened; for so long it is shown and counted, no row is deleted (it is folded)
    drafts             since they were last saved
    token_uses         since a token was last used
    answers            first answers by idempotency key
    deliveries         of webhooks, since they were delivered
    failed_deliveries  of webhooks, since they were given up
    takeouts           since they were made
    backups            texts in backups, at most
    topic              messages in Kafka
    logs               log lines, by whoever runs the site: Verbatim writes them to standard error and keeps none;
                       None where that isn't said
    """

    sessions: timedelta = timedelta(days=30)
    visits: timedelta = timedelta(days=180)
    notifications: timedelta = timedelta(days=365)
    drafts: timedelta = timedelta(days=180)
    token_uses: timedelta = timedelta(days=400)
    answers: timedelta = timedelta(days=7)
    deliveries: timedelta = timedelta(days=7)
    failed_deliveries: timedelta = timedelta(days=30)
    takeouts: timedelta = timedelta(days=7)
    backups: timedelta = timedelta(days=30)
    topic: timedelta = timedelta(days=7)
    logs: timedelta | None = None


DEFAULT = Retention()


class NoSpan(Exception):
    """A variable holds no length of time, or one that can't be. The sentence names it and says what would be right."""


def variable(field: str) -> str:
    """The environment variable of a field: KEEP_SESSIONS for sessions."""
    return f"KEEP_{field.upper()}"


def read(environ: Mapping[str, str]) -> Retention:
    """Reads every KEEP_ variable that is set. Raises NoSpan for the first bad one."""
    fields = Retention.__struct_fields__
    return Retention(**{field: _read(name, environ[name]) for field in fields if environ.get(name := variable(field))})


def read_leave_after(environ: Mapping[str, str]) -> timedelta:
    """LEAVE_AFTER: how long whoever leaves can come back, before what is theirs is erased. Raises NoSpan."""
    text = environ.get("LEAVE_AFTER") or "14d"
    span = parse_span(text)
    if span is None or span > MOST_LEAVE_AFTER:
        most = format_span(MOST_LEAVE_AFTER)
        raise NoSpan(f"LEAVE_AFTER must be a length of time such as 14d or 12h, {most} at most; it is {text!r}.")
    return span


def parse_span(text: str) -> timedelta | None:
    """A length of time: 90s, 30m, 1h, 14d. None for anything else, and for none at all."""
    found = _SPAN.fullmatch(text)
    return int(found[1]) * _length(_UNITS[found[2]]) if found and int(found[1]) else None


def format_span(span: timedelta) -> str:
    """As it is typed: 30d for 30 days, 36h for a day and a half."""
    count, unit = whole_units(span)
    return f"{count}{unit[0]}"


def whole_units(span: timedelta) -> tuple[int, str]:
    """How many of the largest unit that it is a whole number of: 30 and "day", 36 and "hour"."""
    unit = next(unit for unit in reversed(_UNITS.values()) if not span % _length(unit))
    return span // _length(unit), unit


def _length(unit: str) -> timedelta:
    return timedelta(**{f"{unit}s": 1})


def _read(name: str, text: str) -> timedelta:
    span = parse_span(text)
    if span is None or not LEAST <= span <= MOST:
        least, most = format_span(LEAST), format_span(MOST)
        raise NoSpan(f"{name} must be a length of time such as 30d or 12h, from {least} to {most}; it is {text!r}.")
    return span

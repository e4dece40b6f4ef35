"""The period of a bulk removal, as the address of its page says it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from flask_babel import lazy_gettext

from domain.ids import now, parse_moment
from domain.moderation.bulk import BEGINNING
from domain.moderation.terms import later

PERIODS = {
    "hour": lazy_gettext("the last hour"),
    "day": lazy_gettext("the last day"),
    "all": lazy_gettext("everything"),
    "between": lazy_gettext("between two moments, in UTC"),
}
_LENGTHS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


class Period(NamedTuple):
    """since and until: moments, both included. typed_since, typed_until: as the page's fields take them."""

    name: str
    since: str
    until: str
    typed_since: str = ""
    typed_until: str = ""


def chosen(typed: Mapping[str, str]) -> Period:
    """What an address chooses, by default the last day. Moments that can't be read are left open."""
    at = now()
    name = typed.get("period", "day")
    if name in _LENGTHS:
        return Period(name, later(at, -_LENGTHS[name]), at)
    if name != "between":
        return Period("all", BEGINNING, at)
    since, until = typed.get("since", ""), typed.get("until", "")
    return Period(name, _moment(since) or BEGINNING, min(_moment(until) or at, at), since, until)


def _moment(typed: str) -> str | None:
    """A browser sends a local time without a zone, which is meant in UTC."""
    return parse_moment(typed) or parse_moment(f"{typed}Z")

"""What the catalogue says of each kind of data: the types of its rows."""

from datetime import timedelta
from typing import Any

import msgspec
from flask_babel import lazy_gettext

from retention import Retention

Words = Any
"""A lazy_gettext: words in the language of whoever reads."""

EVERYBODY = lazy_gettext("everybody")
YOU = lazy_gettext("you")
MODERATORS = lazy_gettext("moderators")
ADMINS = lazy_gettext("admins")
OPERATORS = lazy_gettext("whoever runs the site")
RECEIPT_HOLDER = lazy_gettext("whoever has the receipt’s address")
RECEIVER = lazy_gettext("the program at the webhook’s address")

DELETED = lazy_gettext("It is deleted.")
NOTHING = lazy_gettext("Nothing.")
AS_LONG_AS_THE_SITE = lazy_gettext("as long as the site")


class Configured(msgspec.Struct, frozen=True):
    """As long as a field of Retention says. since: from when on; unstated: where that field says nothing."""

    period: str
    since: Words
    unstated: Words = ""

    def span(self, retention: Retention) -> timedelta | None:
        found: timedelta | None = getattr(retention, self.period)
        return found


class Fixed(msgspec.Struct, frozen=True):
    """As long as the code says."""

    length: timedelta
    since: Words
    unstated: Words = ""

    def span(self, _retention: Retention) -> timedelta | None:
        return self.length


class Until(msgspec.Struct, frozen=True):
    """Not by age."""

    unstated: Words
    since: Words = ""

    def span(self, _retention: Retention) -> timedelta | None:
        return None


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of data, a row of the page. id: the row's fragment.

    seen_by: to whom the site shows it, nobody where it is empty. then: what becomes of it afterwards; stays: what
    doesn't go. tables: those that hold it, of the read model and beside it.
    topic: whether it is only there on a site whose events go through Kafka.
    """

    id: str
    name: Words
    what: Words
    seen_by: tuple[Words, ...]
    kept: Configured | Fixed | Until
    then: Words = DELETED
    stays: Words = NOTHING
    tables: tuple[str, ...] = ()
    topic: bool = False


class Group(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: Words
    kinds: tuple[Kind, ...]

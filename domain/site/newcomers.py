"""Limits for new accounts: how many links and mentions a text of theirs may have, and how much they may write in an
hour. Against spam's first hour; whoever has been here for a while doesn't notice them."""

from datetime import timedelta
from typing import ClassVar

import msgspec

from domain import text
from domain.errors import Sentence
from domain.messages import Command, Event
from domain.moderation.terms import later

MAXIMA = {"days": 365, "writings": 1_000, "links": 1_000, "mentions": 1_000, "per_hour": 10_000}


class NewcomerLimits(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An account is new that is younger than `days`, or has fewer than `writings` posts and comments that stand.

    links and mentions are the most in one text, per_hour the most texts in an hour. 0: no such limit.
    """

    days: int = 3
    writings: int = 3
    links: int = 2
    mentions: int = 3
    per_hour: int = 10

    @property
    def limits_anybody(self) -> bool:
        return bool((self.days or self.writings) and (self.links or self.mentions or self.per_hour))

    def end_of_days(self, joined_at: str) -> str:
        """When an account stops being too young."""
        return later(joined_at, timedelta(days=self.days))

    def applies_to(self, joined_at: str, writings: int, now: str) -> bool:
        """Whether an account with so many writings that stand is new."""
        return writings < self.writings or now < self.end_of_days(joined_at)


DEFAULT = NewcomerLimits()
"""What the form proposes where nobody has set any; until then none hold."""
OFF = NewcomerLimits(days=0, writings=0)


class SetNewcomerLimits(Command, frozen=True, kw_only=True):
    """All of them at once, as NewcomerLimits has them."""

    days: int
    writings: int
    links: int
    mentions: int
    per_hour: int


class NewcomerLimitsSet(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "NewcomerLimitsSet"
    days: int
    writings: int
    links: int
    mentions: int
    per_hour: int


def checked(command: SetNewcomerLimits) -> NewcomerLimits:
    """The limits as they are stored. Raises Invalid with every number that is wrong."""
    fields = text.Fields()
    for name, most in MAXIMA.items():
        if not 0 <= getattr(command, name) <= most:
            fields.refuse(name, Sentence("This must be a whole number from 0 to %(most)s.", most=most))
    fields.raise_faults()
    return NewcomerLimits(**msgspec.structs.asdict(command))


def event_of(limits: NewcomerLimits) -> NewcomerLimitsSet:
    return NewcomerLimitsSet(**msgspec.structs.asdict(limits))


def limits_of(event: NewcomerLimitsSet) -> NewcomerLimits:
    return NewcomerLimits(**msgspec.structs.asdict(event))

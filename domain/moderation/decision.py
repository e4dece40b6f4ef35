"""Decisions: the statement of reasons that closes a case, and what becomes of it.

A decision says what is to be done; moderation.follower does it afterwards, act by act, and then says so. What takes a
decision back, or overturns it on appeal, is carried out in the same way.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import ClassVar, Literal, get_args

import msgspec

from domain.ids import Id, Moment, StreamName
from domain.messages import Command, Event

Act = Literal["none", "note", "edit", "remove", "lock", "warn", "strike", "suspend", "escalate"]
ACTS: tuple[Act, ...] = get_args(Act)
AGAINST: frozenset[Act] = frozenset({"edit", "remove", "lock", "warn", "strike", "suspend"})
"""Acts that restrict somebody, and are explained to them."""
Basis = Literal["report", "initiative"]
APPEAL_TERM = timedelta(days=183)
"""Six months."""


class Decide(Command, frozen=True, kw_only=True):
    """What is done about a target, by whoever claimed its case.

    decision   the id that it gets
    acts       some of ACTS: "none" alone; "escalate" alone
    reason     for everybody whom it concerns
    note       more words, to the author alone
    rule       the number of the site's rule that was broken, as rules_version has them; 0: none
    until      up to when an account is suspended; "": until it is reinstated
    points     of a strike
    title, body  the text that an edit puts there
    batch      the id that decisions made together share; "" for one alone
    automated  whether a rule found what was decided about
    """

    regenerated: ClassVar[tuple[str, ...]] = ("decision", "now")
    target: str
    decision: str
    acts: tuple[str, ...]
    reason: str = ""
    note: str = ""
    rule: int = 0
    rules_version: int = 0
    until: str = ""
    points: int = 1
    title: str = ""
    body: str = ""
    batch: str = ""
    automated: bool = False
    now: str


class TakeBackDecision(Command, frozen=True, kw_only=True):
    """What it restricted is lifted, where that hasn't changed since, and the case is open again, with the reports that
    it answered."""

    regenerated: ClassVar[tuple[str, ...]] = ("now",)
    target: str
    decision: str
    reason: str
    now: str


class RecordCarriedOut(Command, frozen=True, kw_only=True):
    """By moderation.follower. done and skipped: acts; what is skipped had changed since, or could not be done."""

    target: str
    decision: str
    done: tuple[str, ...]
    skipped: tuple[str, ...]


class RecordReversed(Command, frozen=True, kw_only=True):
    """By moderation.follower, once a decision that was taken back or overturned has no effect any more. appeal: by
    which it was overturned, else ""."""

    target: str
    decision: str
    done: tuple[str, ...]
    skipped: tuple[str, ...]
    appeal: str = ""


class OfDecision(Event, frozen=True, kw_only=True):
    secret: ClassVar[bool] = True
    target: StreamName
    decision: Id


class CaseDecided(OfDecision, frozen=True, kw_only=True):
    """The statement of reasons, by its actor. text_version: of the text that was looked at.

    reports: those that it answers. basis: whether there was any. strike_expires: "" without a strike.
    """

    type: ClassVar[str] = "CaseDecided"
    erasable: ClassVar[tuple[str, ...]] = ("reason", "note", "title", "body")
    author: Id
    acts: tuple[Act, ...]
    reason: str | None = ""
    note: str = ""
    title: str = ""
    body: str = ""
    rule: int = 0
    rules_version: int = 0
    until: Moment = ""
    points: int = 0
    strike_expires: Moment = ""
    text_version: int
    reports: tuple[Id, ...] = ()
    basis: Basis
    automated: bool = False
    batch: Id = ""
    decided_at: Moment
    appeal_until: Moment


class DecisionCarriedOut(OfDecision, frozen=True, kw_only=True):
    type: ClassVar[str] = "DecisionCarriedOut"
    done: tuple[Act, ...]
    skipped: tuple[Act, ...]


class DecisionTakenBack(OfDecision, frozen=True, kw_only=True):
    """claimed_until: to when it renews its actor's claim, else ""."""

    type: ClassVar[str] = "DecisionTakenBack"
    erasable: ClassVar[tuple[str, ...]] = ("reason",)
    reason: str | None = ""
    claimed_until: Moment = ""


class DecisionReversed(OfDecision, frozen=True, kw_only=True):
    """What it restricted is lifted, but for what is skipped. Where an appeal overturned one that restricts nobody, the
    case is open again, with the reports that it answered."""

    type: ClassVar[str] = "DecisionReversed"
    done: tuple[Act, ...]
    skipped: tuple[Act, ...]
    appeal: Id = ""


COMMANDS: tuple[type[Command], ...] = (Decide, TakeBackDecision, RecordCarriedOut, RecordReversed)


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a case remembers of one. done: the acts that were carried out. reporters: of the reports, in their order."""

    by: str
    acts: tuple[Act, ...]
    until: str
    appeal_until: str
    reports: tuple[str, ...]
    reporters: tuple[str, ...]
    carried_out: bool = False
    done: tuple[Act, ...] = ()
    taken_back: bool = False
    reversed: bool = False


def came_to_nothing(acts: Sequence[str]) -> bool:
    """Whether nothing was done: then nobody but whoever reported it learns of a decision."""
    return tuple(acts) == ("none",)


def in_order(names: Iterable[str]) -> tuple[Act, ...]:
    """Those of them that are acts, in the order in which they are done."""
    given = set(names)
    return tuple(act for act in ACTS if act in given)

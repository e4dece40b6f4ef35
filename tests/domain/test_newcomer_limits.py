"""Limits for new accounts: set whole by admins, and what makes an account a new one."""

import msgspec
import pytest

from domain.errors import Forbidden, Invalid, Stale, Suspended
from domain.messages import Envelope
from domain.rights import OPERATOR
from domain.site.newcomers import (
    DEFAULT,
    MAXIMA,
    OFF,
    NewcomerLimits,
    NewcomerLimitsSet,
    SetNewcomerLimits,
)
from domain.site.rules import PublishRules, Rule
from tests.domain.case import AT, people

NUMBERS = {"days": 5, "writings": 2, "links": 1, "mentions": 4, "per_hour": 20}
SET = SetNewcomerLimits(**NUMBERS)
WERE_SET = NewcomerLimitsSet(**NUMBERS)
JOINED = "2026-11-01T00:00:00.000000Z"


def test_an_admin_and_the_operator_set_them():
    people().when(SET, by="root").then(WERE_SET)
    people().when(SET, by=OPERATOR).then(WERE_SET)


def test_nobody_else_does():
    for by in ("ada", "mod", "nobody"):
        people().when(SET, by=by).refused(Forbidden)
    people().when(SET, by="sus").refused(Suspended)


def test_the_same_again_are_no_event_but_the_defaults_can_be_set():
    people().given(WERE_SET).when(SET, by="root").then()
    default = msgspec.structs.asdict(DEFAULT)
    people().when(SetNewcomerLimits(**default), by="root").then(NewcomerLimitsSet(**default))


@pytest.mark.parametrize("name", MAXIMA)
def test_numbers_have_bounds(name: str):
    for number in (-1, MAXIMA[name] + 1, 10**30):
        case = people().when(SetNewcomerLimits(**NUMBERS | {name: number}), by="root").refused(Invalid)
        assert isinstance(case.outcome, Invalid)
        assert list(case.outcome.fields) == [name]
    for number in (0, MAXIMA[name]):
        people().when(SetNewcomerLimits(**NUMBERS | {name: number}), by="root").then(
            NewcomerLimitsSet(**NUMBERS | {name: number})
        )


def test_what_somebody_set_meanwhile_is_not_overwritten_and_rules_do_not_come_in_the_way():
    case = people().given(WERE_SET)
    case.bus.send(PublishRules(rules=(Rule(title="Be kind"),)), Envelope(actor="root", at=AT))
    other = SetNewcomerLimits(**NUMBERS | {"days": 9})
    with pytest.raises(Stale):
        case.bus.send(other, Envelope(actor="root", at=AT, seen=(0,)))
    assert case.bus.send(other, Envelope(actor="root", at=AT, seen=(1,))).version == 3


@pytest.mark.parametrize(
    ("limits", "writings", "now", "new"),
    [
        (DEFAULT, 9, "2026-11-03T23:59:59.000000Z", True),
        (DEFAULT, 9, "2026-11-04T00:00:00.000000Z", False),
        (DEFAULT, 2, "2026-12-24T00:00:00.000000Z", True),
        (NewcomerLimits(days=0), 3, JOINED, False),
        (NewcomerLimits(writings=0), 0, "2026-11-04T00:00:00.000000Z", False),
        (OFF, 0, JOINED, False),
    ],
)
def test_an_account_is_new_by_its_age_or_by_what_it_wrote(limits: NewcomerLimits, writings: int, now: str, new: bool):
    assert limits.applies_to(JOINED, writings, now) is new


def test_limits_that_limit_nobody():
    assert DEFAULT.limits_anybody
    assert not OFF.limits_anybody
    assert not NewcomerLimits(links=0, mentions=0, per_hour=0).limits_anybody

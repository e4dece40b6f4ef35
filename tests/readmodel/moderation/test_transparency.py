"""What a quarter's moderation is told as: numbers, and statements that name nobody."""

import msgspec
import pytest

from domain.errors import Invalid
from domain.ids import made_at
from domain.moderation.case import OpenCase
from readmodel.moderation.quarters import quarter_of
from readmodel.moderation.transparency import PublicStatements, Quarters, TransparencyOf
from tests.people import id_of
from tests.readmodel.moderation.desk import Desk
from tests.readmodel.site import Site


def test_a_quarter_in_numbers(site: Site) -> None:
    desk = Desk(site)
    first, second = (f"post-{site.publish()}" for _ in range(2))
    desk.report(first, category="spam")
    desk.report(first, by="root", category="illegal", law="§ 1")
    desk.report(second)
    removed = desk.decide(first, "remove", "warn")
    desk.carry_out(first, removed, "remove", "warn")
    desk.decide(second, "none")
    desk.appeal(first, removed)

    assert site.ask(Quarters(now=desk.now)) == []
    (quarter,) = site.ask(Quarters(now="2027-01-01T00:00:00.000000Z"))
    found = site.ask(TransparencyOf(quarter=quarter))

    assert quarter == quarter_of(desk.now)
    assert found.reports == {"spam": 2, "illegal": 1, "rule": 0, "other": 0}
    assert {act: number for act, number in found.decisions.items() if number} == {"none": 1, "remove": 1, "warn": 1}
    assert (found.decided, found.after_reports, found.automated, found.reversed) == (2, 2, 0, 0)
    assert (found.appeals, found.open_appeals, found.appeals_upheld, found.appeals_overturned) == (1, 1, 0, 0)
    assert found.median_wait_s is not None
    assert found.median_wait_s > 0


def test_a_quarter_without_anything_is_all_zeros(site: Site) -> None:
    found = site.ask(TransparencyOf(quarter="1999-Q1"))

    assert (found.decided, found.median_wait_s, sum(found.reports.values())) == (0, None, 0)
    assert site.ask(Quarters(now="2027-01-01T00:00:00.000000Z")) == []


def test_public_statements_name_nobody_and_leave_out_what_came_to_nothing(site: Site) -> None:
    desk = Desk(site)
    first, second = (f"post-{site.publish()}" for _ in range(2))
    desk.report(first, text="Hush, reporter.")
    desk.report(second)
    made = desk.decide(first, "remove", "suspend", reason="Hush, reason.", until="2026-03-01T00:00:00.000000Z")
    desk.decide(second, "none")

    (statement,) = site.ask(PublicStatements(quarter=quarter_of(desk.now))).items

    assert statement.puid == made
    assert statement.decision_visibility == ("DECISION_VISIBILITY_CONTENT_REMOVED",)
    assert statement.decision_account == "DECISION_ACCOUNT_SUSPENDED"
    assert statement.end_date_account_restriction == "2026-03-01"
    assert statement.source_type == "SOURCE_TYPE_OTHER_NOTIFICATION"
    told = msgspec.json.encode(statement).decode()
    assert not [word for word in ("Hush", "ann", "bob", "mod", *map(id_of, ("ann", "bob", "mod"))) if word in told]


@pytest.mark.parametrize("quarter", ["", "2026", "2026-Q5", "2026-q1", "２０２６-Q1", "2026-Q1\n"])
def test_what_is_no_quarter_is_refused(site: Site, quarter: str) -> None:
    for query in (TransparencyOf(quarter=quarter), PublicStatements(quarter=quarter)):
        with pytest.raises(Invalid, match="2026-Q4"):
            site.ask(query)


def test_where_a_decision_comes_from(site: Site) -> None:
    desk = Desk(site)
    first, second = (f"post-{site.publish()}" for _ in range(2))
    desk.report(first, category="illegal", law="§ 1")
    desk.decide(first, "lock")
    site.send(OpenCase(target=second, now=desk.now), "mod")
    desk.decide(second, "remove")

    told = site.ask(PublicStatements(quarter=quarter_of(desk.now))).items

    assert [one.source_type for one in told] == ["SOURCE_VOLUNTARY", "SOURCE_ARTICLE_16"]
    assert told[0].content_date == made_at(second.removeprefix("post-"))[:10]

"""/transparency: each quarter that is over in numbers, for everybody."""

import pytest

from domain import ids
from domain.moderation import case, decision, report
from readmodel.moderation.quarters import last_over, quarter_of
from tests.webapp.conftest import World
from webapp.moderation_log import transparency

LATER = "2999-01-01T00:00:00.000000Z"


@pytest.fixture
def quarter(world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of one report and one decision; it is over."""
    for handle, roles in (("ada", ()), ("bob", ()), ("mod", ("moderator",))):
        world.person(handle, *roles)
    target, now = f"post-{world.post('ada', 'Quibblewort', 'Snorklebeam.')}", ids.now()
    filed = report.FileReport(report=ids.uuid7(), target=target, version=1, category="spam", text="Hush.", now=now)
    world.given(filed, "bob")
    joined = case.JoinReport(target=target, now=now, report=filed.report, reporter=world.id("bob"), version=1)
    world.given(joined, "verbatim")
    world.given(case.Claim(target=target, now=now), "mod")
    made = decision.Decide(target=target, decision=ids.uuid7(), acts=("remove",), reason="Hush, too.", now=now)
    world.given(made, "mod")
    monkeypatch.setattr(ids, "now", lambda: LATER)
    return quarter_of(now)


def test_everybody_reads_the_numbers_of_a_quarter(world: World, quarter: str) -> None:
    listed = world.visitor().see("/transparency").text
    page = " ".join(world.visitor().see(f"/transparency/{quarter}").text.split())

    assert quarter in listed
    assert "Spam 1 Illegal 0" in page
    assert not [word for word in ("Hush", "ada", "bob", "Quibblewort") if word in page]


def test_the_data_name_nobody_either(world: World, quarter: str) -> None:
    numbers = world.visitor().get(f"/api/v1/transparency?quarter={quarter}").json
    statements = world.visitor().get(f"/api/v1/transparency/statements?quarter={quarter}")

    assert (numbers["reports"]["spam"], numbers["decisions"]["remove"], numbers["decided"]) == (1, 1, 1)
    (one,) = statements.json["items"]
    assert one["decision_visibility"] == ["DECISION_VISIBILITY_CONTENT_REMOVED"]
    assert not [word for word in ("Hush", "ada", "bob", 'mod"') if word in statements.text]


def test_the_quarter_that_runs_is_told_to_nobody(world: World, quarter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    visitor = world.visitor()

    assert quarter not in visitor.see("/transparency").text
    for path in (f"/transparency/{quarter}", f"/api/v1/transparency?quarter={quarter}"):
        assert visitor.get(path).status_code == 404
    assert visitor.get(f"/api/v1/transparency/statements?quarter={quarter}").status_code == 404


@pytest.mark.parametrize("path", ["/transparency/2026", "/transparency/2026-Q9", "/transparency/<b>"])
def test_what_is_no_quarter_is_not_found(world: World, path: str) -> None:
    assert world.visitor().get(path).status_code == 404
    wrong = world.visitor().get("/api/v1/transparency?quarter=2026")
    assert wrong.status_code == 422
    assert "2026-Q3" in wrong.text


def test_every_act_and_category_has_its_words() -> None:
    assert set(transparency.CATEGORIES) == set(report.CATEGORIES)
    assert set(transparency.ACTS) == set(decision.ACTS) - {"escalate"}


@pytest.mark.parametrize(
    ("month", "quarter"), [("01", "2025-Q4"), ("03", "2025-Q4"), ("04", "2026-Q1"), ("12", "2026-Q3")]
)
def test_the_last_quarter_that_is_over(month: str, quarter: str) -> None:
    assert last_over(f"2026-{month}-30T00:00:00.000000Z") == quarter

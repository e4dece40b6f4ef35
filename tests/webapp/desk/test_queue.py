"""The queue: who sees it, how it is sorted and filtered, claims, and what keeps up."""

import pytest

from domain import ids
from domain.moderation.case import Claim
from tests.webapp.desk.conftest import Desk
from tests.webapp.html_pages import page

HTMX = {"HX-Request": "true"}


def test_it_is_for_moderators_alone(desk: Desk) -> None:
    desk.reported()
    decision = desk.decided("remove")
    paths = (
        "/moderation", "/moderation/queue", "/moderation?show=appeals", desk.case, f"{desk.case}/state",
        f"/moderation/decide?case={desk.target}", "/moderation/people/ann", f"/decisions/{decision}/take-back",
    )  # fmt: skip
    for path in paths:
        for visitor in (desk.bob, desk.world.visitor()):
            assert visitor.get(path).status_code == 403, path
        assert desk.mod.get(path).status_code in (200, 303), path


def test_a_reported_case_is_claimed_and_released(desk: Desk) -> None:
    desk.reported()
    assert "A loud title" in desk.mod.see("/moderation").text
    assert desk.mod.send("/moderation", f"{desk.case}/claim").status_code == 303
    assert "claimed by mod until" in desk.may.see("/moderation?state=claimed").text
    assert "claimed by mod until" in page(desk.may.get(f"{desk.case}/state", headers=HTMX)).text
    assert "Nothing waits" not in desk.mod.see("/moderation?mine=1").text
    assert "No case is like that." in desk.may.see("/moderation?mine=1").text
    assert desk.mod.send(desk.case, f"{desk.case}/release").status_code == 303
    assert "claimed by" not in desk.may.see("/moderation").text


def test_another_claim_is_refused_and_an_admin_takes_over(desk: Desk) -> None:
    desk.reported()
    fields = desk.may.fields("/moderation", f"{desk.case}/claim")
    desk.world.given(Claim(target=desk.target, now=ids.now()), "mod")
    answer = desk.may.post(f"{desk.case}/claim", fields)
    assert answer.status_code == 409
    assert "claimed this case until" in page(answer).text
    assert "Take over" not in desk.may.see(desk.case).text
    assert desk.root.send(desk.case, f"{desk.case}/claim").status_code == 303
    assert "claimed by root" in desk.may.see(desk.case).text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=post", True), ("kind=comment", False), ("category=spam", True), ("category=illegal", False),
        ("q=watches", True), ("q=nothing", False), ("q=ann", True), ("sort=oldest", True), ("sort=newest", True),
        ("state=open", True), ("state=decided", False), ("state=claimed", False), ("state=escalated", False),
    ],
)  # fmt: skip
def test_it_is_filtered_sorted_and_searched(desk: Desk, query: str, found: bool) -> None:
    desk.reported()
    assert ("A loud title" in desk.mod.see(f"/moderation?{query}").text) is found


@pytest.mark.parametrize("query", ["state=x", "kind=x", "category=x", "sort=x", "after=x", "mine=2"])
def test_what_no_link_says_is_a_bad_request(desk: Desk, query: str) -> None:
    assert desk.mod.get(f"/moderation?{query}").status_code == 400


def test_further_pages_hold_everything_once(desk: Desk) -> None:
    for number in range(32):
        desk.world.given(_report(f"post-{desk.world.post('ann', f'Number {number}.')}"), "bob")
    desk.follow()
    first = desk.mod.get("/moderation").text
    following = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    rest = desk.mod.get(following, headers=HTMX).text
    assert first.count('class="card case-row"') == 30
    assert rest.count('class="card case-row"') == 2
    assert 'name="more"' in rest
    assert desk.mod.get("/moderation/queue?more=1", headers=HTMX).text.count('class="card case-row"') == 32


def test_a_page_that_asks_again_gets_what_changed(desk: Desk) -> None:
    desk.reported()
    shown = desk.mod.get("/moderation/queue", headers=HTMX)
    assert shown.status_code == 200
    again = HTMX | {"HX-PTag": shown.headers["HX-PTag"]}
    assert desk.mod.get("/moderation/queue", headers=again).status_code == 304
    desk.world.given(Claim(target=desk.target, now=ids.now()), "may")
    assert "claimed by" in desk.mod.get("/moderation/queue", headers=again).text


def test_what_is_ones_own_is_anothers_to_decide(desk: Desk) -> None:
    own = f"post-{desk.world.post('mod', 'By a moderator')}"
    desk.world.given(_report(own), "bob")
    desk.follow()
    assert "By a moderator" not in desk.mod.see("/moderation").text
    assert desk.mod.get(f"/moderation/cases/{own}").status_code == 403
    assert desk.mod.get("/moderation/people/mod").status_code == 403
    assert "By a moderator" in desk.may.see("/moderation").text


def test_a_moderator_opens_a_case_without_a_report(desk: Desk) -> None:
    assert desk.mod.send(f"/report/{desk.target}", "/moderation/cases").status_code == 303
    shown = desk.mod.see(desk.case)
    assert "Nobody reported it" in shown.text
    assert "claimed by mod until" in shown.text


def _report(target: str):  # type: ignore[no-untyped-def]
    from domain.moderation.report import FileReport

    return FileReport(report=ids.uuid7(), target=target, version=1, category="spam", text="Look.", now=ids.now())

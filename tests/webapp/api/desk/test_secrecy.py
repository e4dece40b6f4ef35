"""Nobody but staff learns that something was reported, nor by whom: answers are those of a site without reports."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from domain.ids import uuid7
from tests.webapp.api.conftest import Program
from tests.webapp.api.desk.conftest import Desk
from webapp.api.operations import Operation
from webapp.api.operations_index import OPERATIONS

OWN = ("X-Request-ID", "Date")
"""Headers that differ from call to call."""
QUERIES = {"search_comments": "?q=said", "list_events": "?limit=100", "list_posts": "?author=ada"}
_REQUEST = re.compile(r'"request_id":"[^"]*"')
_NEXT = re.compile(r'"next":[0-9]+')
READS = [one for one in OPERATIONS if one.method == "GET" and not one.streams]


@pytest.fixture
def sites(make_desk: Callable[..., Desk]) -> tuple[Desk, Desk]:
    """One on which nothing was reported, and one with reports of all that is ada's, a claimed case, a note, and a
    decision that nothing is done."""
    quiet, busy = make_desk(), make_desk()
    targets = (busy.target, f"comment-{busy.comment}", "account-ada")
    for target in targets:
        for reporter in (busy.rita, busy.mia):
            busy.reported(reporter, target=target, version=1, category="other", text="Hear me.")
    busy.claimed()
    busy.mo.post(f"{busy.address}/notes", {"text": "I look at it."})
    other = f"/moderation/cases/comment-{busy.comment}"
    seen = busy.mo.put(f"{other}/claim").json["version"]
    assert busy.mo.post(f"{other}/decision", {"acts": ["none"]}, If_Match=f'"{seen}"').status_code == 200
    return quiet, busy


def answers(desk: Desk, who: Program, unknown: str) -> dict[str, Any]:
    """Operation → status, headers and body of each that reads."""
    found = {}
    for one in READS:
        answer = who.get(address(desk, one, unknown) + QUERIES.get(one.name, ""))
        headers = {name: value for name, value in answer.headers.items() if name not in OWN}
        found[one.name] = (answer.status_code, headers, answer.get_data(as_text=True))
        answer.close()
    return found


def address(desk: Desk, operation: Operation, unknown: str) -> str:
    ids = {"/posts": desk.post, "/comments": desk.comment}
    id = next((id for start, id in ids.items() if operation.path.startswith(start)), unknown)
    return operation.path.format(id=id, handle="ada", role="moderator", delivery=unknown, case=desk.target)


@pytest.mark.parametrize("who", ["ada", "eve", "stranger"])
def test_no_answer_to_anybody_else_differs_from_that_of_a_site_without_reports(
    sites: tuple[Desk, Desk], who: str
) -> None:
    unknown = uuid7()
    quiet, busy = (
        answers(desk, desk.api.stranger() if who == "stranger" else getattr(desk, who), unknown) for desk in sites
    )
    assert len(quiet) > 30
    for name, answer in quiet.items():
        assert _without_request(answer) == _without_request(busy[name]), name
    assert "Hear me" not in repr(busy)


def _without_request(answer: Any) -> Any:
    """Of the list of events next is the position of the last commit, whatever that was about: it tells how much happens
    on the site, as the numbers of other events do."""
    status, headers, body = answer
    return status, headers, _NEXT.sub('"next":0', _REQUEST.sub('"request_id":""', body))


def test_those_ids_of_the_busy_site_are_nobody_elses(sites: tuple[Desk, Desk]) -> None:
    _, busy = sites
    report = busy.rita.get("/reports").json["items"][0]["id"]
    decisions = busy.mo.get(f"/moderation/cases/comment-{busy.comment}").json["decisions"]
    for who in (busy.ada, busy.eve):
        assert who.get(f"/reports/{report}").status_code == 404
        assert who.get(f"/decisions/{decisions[0]['id']}").status_code == 404


def test_events_and_webhooks_tell_nothing_of_it(sites: tuple[Desk, Desk]) -> None:
    _, busy = sites
    for who in (busy.ada, busy.eve, busy.mo):
        types = {event["type"] for event in who.get("/events?limit=100").json["items"]}
        assert not [name for name in types if "Report" in name or "Case" in name]


def test_a_moderator_learns_nothing_of_reports_of_their_own(desk: Desk) -> None:
    target = f"post-{desk.mia.new_post()}"
    desk.reported(target=target)
    address = f"/moderation/cases/{target}"
    seen = desk.root.put(f"{address}/claim").json["version"]
    decided = desk.root.post(f"{address}/decision", {"acts": ["none"]}, If_Match=f'"{seen}"').json["id"]
    appeal = desk.rita.post(f"/decisions/{decided}/appeal", {"text": "It is rude."}).json["id"]
    assert desk.mia.get(address).status_code == 403
    assert desk.mia.get("/moderation/accounts/mia").status_code == 403
    assert desk.mia.get(f"/decisions/{decided}").status_code == 404
    assert desk.mia.get(f"/appeals/{appeal}").status_code == 404
    assert desk.mia.post(f"/appeals/{appeal}/reply", {"text": "Who are you?"}).status_code == 404
    assert desk.mia.get("/moderation/appeals").json["items"] == []
    assert "rita" not in desk.mia.get("/moderation/cases?state=appealed").text
    assert len(desk.mo.get("/moderation/appeals").json["items"]) == 1


def test_the_author_is_told_what_was_done_and_not_by_whose_report(desk: Desk) -> None:
    decision = desk.decided(acts=["remove"])
    desk.follow()
    told = desk.ada.get(f"/decisions/{decision}").text + desk.ada.get("/decisions").text
    assert "rita" not in told
    assert desk.world.id("rita") not in told

"""Leaving by calls: begun with the password, taken back by an admin, and a receipt without a name."""

import pytest
from sqlalchemy import update

from domain import ids, leaving
from domain.bus import operator
from domain.ids import from_now
from operational import departures
from operational.tables import departures as table
from readmodel.engine.connections import changing
from tests.webapp.api.conftest import PASSWORD, Api, Program
from tests.webapp.api.test_repeats import same
from tests.webapp.leaving.steps import log_in

LEAVE = {"password": PASSWORD, "words": "keep"}


def state(api: Api, handle: str) -> leaving.Account:
    return api.world.bus.aggregates().account_named(handle)


def test_it_begins_with_the_password_and_gives_a_receipt(api: Api):
    ann = api.program("ann")
    kept, gone = ann.new_post(), ann.new_post()
    session = api.world.sessions.open(api.world.id("ann"))
    answer = ann.post("/me/leave", {**LEAVE, "exceptions": [f"post-{gone}"]})
    assert answer.status_code == 202
    assert answer.json["state"] == "waiting"
    assert answer.headers["Location"] == f"/api/v1/receipts/{answer.json['receipt']}"
    found = state(api, "ann").leaving
    assert found is not None
    assert answer.json["until"] == found.until
    assert (found.choice.erases(f"post-{kept}"), found.choice.erases(f"post-{gone}")) == (False, True)
    assert api.world.sessions.find(session) is None


def test_whoever_leaves_is_shown_as_no_one(api: Api):
    ann, bob = api.program("ann"), api.program("bob")
    post = ann.new_post()
    ann.post("/me/leave", LEAVE)
    assert bob.get("/accounts/ann").status_code == 404
    assert bob.get(f"/posts/{post}").json["author"] == f"gone-{state(api, 'ann').id[-4:]}"


def test_a_wrong_password_begins_nothing(api: Api):
    ann = api.program("ann")
    answer = ann.post("/me/leave", {**LEAVE, "password": "not this one"})
    assert (answer.status_code, answer.json["type"]) == (401, "/api/problems/wrong-password")
    assert state(api, "ann").leaving is None
    assert departures.of_account(api.world.generations.control, api.world.id("ann")) is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"words": "sell"}, "words"),
        ({"exceptions": ["post-1"]}, "exceptions"),
        ({"exceptions": ["account-00000000-0000-7000-8000-000000000001"]}, "exceptions"),
        ({"exceptions": ["post-00000000-0000-7000-8000-000000000001"] * 1001}, "exceptions"),
    ],
)
def test_what_is_wrong_is_said_of_its_field_and_leaves_no_row(api: Api, body: dict, field: str):
    ann = api.program("ann")
    answer = ann.post("/me/leave", LEAVE | body)
    assert answer.status_code == 422
    assert field in {error["field"] for error in answer.json["errors"]}
    assert departures.of_account(api.world.generations.control, api.world.id("ann")) is None


def test_sent_again_with_its_key_it_is_answered_the_same(api: Api):
    ann = api.program("ann")
    first = ann.post("/me/leave", LEAVE, Idempotency_Key="k")
    head = api.world.head()
    assert same(first, ann.post("/me/leave", LEAVE, Idempotency_Key="k"))
    assert ann.post("/me/leave", LEAVE).json == first.json
    assert ann.post("/me/leave", LEAVE | {"words": "erase"}).status_code == 409
    assert api.world.head() == head


def test_a_repeat_of_what_was_taken_back_ends_nothing(api: Api):
    ann = api.program("ann")
    ann.post("/me/leave", LEAVE, Idempotency_Key="k")
    log_in(api.world, "ann")
    assert ann.post("/me/leave", LEAVE, Idempotency_Key="k").status_code == 409
    assert state(api, "ann").leaving is None
    assert ann.get("/tokens").status_code == 200


def test_an_admin_takes_nobodys_own_choice_away(api: Api):
    ann, root = api.program("ann"), api.program("root", "admin")
    ann.post("/me/leave", LEAVE)
    answer = root.post("/accounts/ann/leave", {"words": "erase", "reason": "A letter"})
    assert answer.status_code == 409
    assert "already" in answer.json["detail"]


def test_a_receipt_is_shown_whatever_token_comes_along(api: Api):
    ann = api.program("ann")
    receipt = ann.post("/me/leave", LEAVE).json["receipt"]
    assert ann.get(f"/receipts/{receipt}").status_code == 200


def test_tokens_of_whoever_leaves_hold_for_nothing_and_none_is_made(api: Api):
    ann = api.program("ann")
    ann.post("/me/leave", LEAVE)
    for answer in (ann.get("/posts"), ann.get("/tokens"), ann.post("/posts", {"title": "t", "body": "b"})):
        assert answer.status_code == 403
        assert "is leaving" in answer.json["detail"]
    made = api.stranger().post("/tokens", {"handle": "ann", "password": PASSWORD})
    assert made.status_code == 403
    assert "Log in to come back" in made.json["detail"]
    assert state(api, "ann").leaving is not None


def test_a_ticket_of_whoever_leaves_opens_no_stream(api: Api):
    ann = api.program("ann")
    url = ann.post("/events/tickets").json["url"]
    ann.post("/me/leave", LEAVE)
    answer = api.stranger().get(url[url.index("/api/") :])
    assert answer.status_code == 403
    assert "is leaving" in answer.json["detail"]


def test_the_store_ends_a_stream_before_the_lists_know(api: Api):
    ann = api.program("ann")
    api.world.bus.lags = True
    ann.post("/me/leave", LEAVE)
    assert ann.get(f"/events?wait=1&after={api.world.head()[0]}").status_code == 403


def test_an_admin_closes_an_account_and_brings_it_back(api: Api):
    ann, root = api.program("ann"), api.program("root", "admin")
    assert root.post("/accounts/ann/leave", {"words": "erase"}).status_code == 422
    answer = root.post("/accounts/ann/leave", {"words": "erase", "reason": "A court said so"})
    assert answer.status_code == 202
    assert ann.get("/posts").status_code == 403
    assert root.get("/accounts/ann").status_code == 404
    back = root.delete("/accounts/ann/leave")
    assert (back.status_code, back.json["id"]) == (200, "ann")
    assert back.headers["ETag"] == f'"{back.json["version"]}"'
    assert ann.get("/posts").status_code == 200
    assert root.get(f"/receipts/{answer.json['receipt']}").status_code == 404
    assert root.delete("/accounts/ann/leave").status_code == 200
    assert root.delete("/accounts/nobody/leave").status_code == 404


def test_both_calls_hear_if_match(api: Api):
    api.program("ann")
    root, wanted = api.program("root", "admin"), {"words": "erase", "reason": "A court said so"}
    tag = root.get("/accounts/ann").headers["ETag"]
    assert root.post("/accounts/ann/leave", wanted, If_Match='"99"').status_code == 412
    assert departures.of_account(api.world.generations.control, api.world.id("ann")) is None
    assert root.post("/accounts/ann/leave", wanted, If_Match=tag).status_code == 202
    assert root.delete("/accounts/ann/leave", If_Match=tag).status_code == 412
    assert state(api, "ann").leaving is not None
    back = root.delete("/accounts/ann/leave", If_Match=f'"{state(api, "ann").version}"')
    assert (back.status_code, back.headers["ETag"]) == (200, root.get("/accounts/ann").headers["ETag"])


def test_an_admin_leaves_by_their_password_alone(api: Api):
    root = api.program("root", "admin")
    answer = root.post("/accounts/root/leave", {"words": "erase", "reason": "Me"})
    assert (answer.status_code, answer.json["type"]) == (409, "/api/problems/conflict")
    assert state(api, "root").leaving is None


def over(api: Api, handle: str) -> None:
    """Their time is over."""
    account = api.world.id(handle)
    api.world.given(leaving.Leave(handle=account, words="keep", until="2026-01-01T00:00:00.000000Z"), account)


def test_when_the_time_is_over_nobody_brings_them_back(api: Api):
    api.program("ann")
    root = api.program("root", "admin")
    over(api, "ann")
    answer = root.delete("/accounts/ann/leave")
    assert (answer.status_code, answer.json["type"]) == (409, "/api/problems/conflict")


def closed(api: Api, handle: str) -> None:
    """As the background process leaves an account."""
    over(api, handle)
    account, now = api.world.id(handle), ids.now()
    api.world.given(leaving.EraseAccount(handle=account, now=now), account)
    until = from_now(api.world.site.settings.leave_after)
    api.world.given(leaving.RetireHandle(handle=account, version=2, reserved_until=until), account)


def test_a_handle_whose_owner_left_is_set_free_by_an_admin(api: Api):
    ann, root = api.program("ann"), api.program("root", "admin")
    closed(api, "ann")
    assert ann.get("/posts").status_code == 403
    wanted = {"handle": "ann", "password": PASSWORD}
    assert api.stranger().post("/accounts", wanted).status_code == 409
    assert root.delete("/handles/ann").status_code == 200
    assert root.delete("/handles/ann").status_code == 404
    assert api.stranger().post("/accounts", wanted).status_code == 201


def test_a_handle_in_use_is_not_set_free(api: Api):
    api.program("ann")
    assert api.program("root", "admin").delete("/handles/ann").status_code == 404


def test_a_receipt_says_how_far_it_is_and_nobodys_name(api: Api):
    ann = api.program("ann")
    id = ann.post("/me/leave", LEAVE).json["receipt"]
    control = api.world.generations.control
    account = api.world.id("ann")
    seen = api.stranger().get(f"/receipts/{id}")
    assert (seen.status_code, seen.headers["Cache-Control"]) == (200, "no-store")
    assert seen.headers["X-Robots-Tag"] == "noindex"
    assert seen.json == {
        "id": id, "state": "waiting", "until": state(api, "ann").leaving.until, "ended_at": None, "counts": {},
        "commits": [], "next": None,
    }  # fmt: skip
    row = departures.of_account(control, account)
    assert row is not None
    commits = [ids.uuid7() for _ in range(departures.COMMITS_AT_ONCE + 1)]
    with changing(control) as connection:
        erased = dict.fromkeys(commits, "posts")
        row = departures.save(connection, row, erased, state="done", ended_at=ids.now())
    first = api.stranger().get(f"/receipts/{id}")
    assert (first.json["state"], first.json["counts"]) == ("done", {"posts": len(commits)})
    assert first.json["next"] == departures.COMMITS_AT_ONCE
    rest = api.stranger().get(f"/receipts/{id}?after={first.json['next']}").json
    assert [*first.json["commits"], *rest["commits"]] == commits
    assert rest["next"] is None
    assert account not in first.get_data(as_text=True)
    assert api.stranger().get(f"/receipts/{ids.uuid7()}").status_code == 404


def test_a_row_of_an_earlier_try_gets_the_time_of_this_one(api: Api):
    ann, control = api.program("ann"), api.world.generations.control
    stale = departures.open_for(control, api.world.id("ann"), "2026-01-01T00:00:00.000000Z")
    answer = ann.post("/me/leave", LEAVE).json
    assert (answer["receipt"], answer["until"]) == (stale.id, state(api, "ann").leaving.until)
    assert departures.receipt(control, stale.id).until == answer["until"]


def test_whoever_leaves_is_brought_back_by_the_operator_too(api: Api):
    ann: Program = api.program("ann")
    ann.post("/me/leave", LEAVE)
    api.world.bus.send(leaving.Return(handle="ann", now=ids.now()), operator(ids.now()))
    with api.world.generations.control.begin() as connection:
        connection.execute(update(table).values(state="waiting"))
    assert ann.get("/posts").status_code == 200

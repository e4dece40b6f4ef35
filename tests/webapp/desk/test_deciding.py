"""Cases and decisions: everything on the page, several acts at once, what is stale or ran out, batches, undo."""

from datetime import timedelta

import pytest

from domain import ids
from domain.moderation.case import Claim
from domain.moderation.terms import later
from domain.post import EditPost
from tests.webapp.conftest import Visitor
from tests.webapp.desk.conftest import Desk
from tests.webapp.html_pages import Page, page


def decide(visitor: Visitor, case: str, *acts: str, **fields: str):  # type: ignore[no-untyped-def]
    """Fills the form as it comes."""
    own = {name: value for name, value in visitor.fields(case, f"{case}/decide").items() if not name.startswith("act_")}
    return visitor.post(f"{case}/decide", own | {f"act_{act}": "y" for act in acts} | fields)


@pytest.fixture
def claimed(desk: Desk) -> Desk:
    desk.reported()
    desk.world.given(Claim(target=desk.target, now=ids.now()), "mod")
    return desk


def test_a_case_shows_the_text_as_reported_beside_todays(desk: Desk) -> None:
    desk.reported()
    desk.world.given(EditPost(post=desk.post, version=1, title="A loud title", body="Nothing for sale."), "ann")
    desk.follow()
    shown = desk.mod.see(desk.case).text
    assert "As reported" in shown
    assert "Buy my watches" in shown
    assert "Nothing" in shown
    assert "removed:" in shown
    assert "Look." in shown
    assert "@bob" in shown


def test_it_is_decided_with_several_acts_and_carried_out(claimed: Desk) -> None:
    sent = decide(claimed.mod, claimed.case, "remove", "warn", reason="It is advertising.")
    assert sent.status_code == 303
    assert "being carried out" in claimed.mod.see(claimed.case).text
    claimed.follow()
    assert "carried out" in claimed.mod.see(claimed.case).text
    assert claimed.world.visitor().get(f"/posts/{claimed.post}").status_code == 410
    assert "Warnings 1" in claimed.mod.see("/moderation/people/ann").text


def test_a_template_stands_for_a_reason_and_an_edit_is_made(claimed: Desk) -> None:
    sent = decide(claimed.mod, claimed.case, "edit", template="spam", body="Nothing.", title="Quiet")
    assert sent.status_code == 303
    claimed.follow()
    shown = claimed.world.visitor().see(f"/posts/{claimed.post}").text
    assert "Quiet" in shown
    assert "Advertising that nobody asked for." in claimed.mod.see(claimed.case).text


@pytest.mark.parametrize(
    ("acts", "fields", "why"),
    [
        ((), {"reason": "kept reason"}, "Choose what is to be done"),
        (("none", "remove"), {"reason": "kept reason"}, "Choose what is to be done"),
        (("remove",), {"reason": ""}, "can't be empty"),
        (("remove",), {"reason": "kept " * 200}, "the most"),
        (("note",), {"reason": "kept reason", "note": ""}, "can't be empty"),
        (("strike",), {"reason": "kept reason", "points": "11"}, "Points must be from 1 to 10"),
        (("strike",), {"reason": "kept reason", "points": "many"}, "Points must be from 1 to 10"),
        (("suspend",), {"reason": "kept reason", "term": "date", "until": "2020-01-01"}, "yet to come"),
        (("suspend",), {"reason": "kept reason", "term": "date", "until": "2099-01-01"}, "yet to come"),
        (("suspend",), {"reason": "kept reason", "term": "date", "until": ""}, "must be a time"),
        (("suspend",), {"reason": "kept reason", "term": "date", "until": "soon"}, "must be a time"),
        (("remove",), {"reason": "kept reason", "rule": "7"}, "Choose one of the site"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_all_that_was_typed(
    claimed: Desk, acts: tuple[str, ...], fields: dict[str, str], why: str
) -> None:
    before = claimed.world.head()
    answer = decide(claimed.mod, claimed.case, *acts, **fields)
    assert answer.status_code == 422
    shown = page(answer)
    assert why in shown.text.replace("’", "'")
    form = shown.form(f"{claimed.case}/decide")
    assert form.fields["reason"] == fields["reason"]
    for act in acts:
        assert "checked" in form.described[f"act_{act}"]
    assert claimed.world.head() == before


def test_a_new_report_is_412_with_what_is_new_and_what_was_typed(claimed: Desk) -> None:
    fields = claimed.mod.fields(claimed.case, f"{claimed.case}/decide") | {"act_remove": "y", "reason": "kept reason"}
    fields = {name: value for name, value in fields.items() if not name.startswith("act_") or name == "act_remove"}
    claimed.report(claimed.root, text="Me too.")
    answer = claimed.mod.post(f"{claimed.case}/decide", fields)
    assert answer.status_code == 412
    shown = page(answer)
    assert "Something new came in" in shown.text
    assert "Me too." in shown.text
    form = shown.form(f"{claimed.case}/decide")
    assert form.fields["reason"] == "kept reason"
    again = {name: value for name, value in form.fields.items() if not name.startswith("act_") or name == "act_remove"}
    assert claimed.mod.post(f"{claimed.case}/decide", again).status_code == 303


def test_a_new_text_is_412_too(claimed: Desk) -> None:
    fields = claimed.mod.fields(claimed.case, f"{claimed.case}/decide")
    fields = {name: value for name, value in fields.items() if not name.startswith("act_")} | {"act_none": "y"}
    claimed.world.given(EditPost(post=claimed.post, version=1, title="A loud title", body="Otherwise."), "ann")
    assert claimed.mod.post(f"{claimed.case}/decide", fields).status_code == 412
    claimed.follow()
    assert claimed.mod.post(f"{claimed.case}/decide", fields).status_code == 412


def test_a_claim_that_ran_out_keeps_what_was_typed_through_the_next_claim(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.reported()
    desk.world.given(Claim(target=desk.target, now=ids.now()), "mod")
    fields = desk.mod.fields(desk.case, f"{desk.case}/decide")
    fields = {name: value for name, value in fields.items() if not name.startswith("act_")}
    fields |= {"act_remove": "y", "reason": "kept reason"}
    now = ids.now()
    monkeypatch.setattr(ids, "now", lambda: later(now, timedelta(minutes=16)))
    answer = desk.mod.post(f"{desk.case}/decide", fields)
    assert answer.status_code == 409
    assert "Your claim ran out" in page(answer).text
    form = _typed(page(answer), f"{desk.case}/decide")
    assert form["reason"] == "kept reason"
    claimed = desk.mod.post(f"{desk.case}/claim", form)
    assert claimed.status_code == 200
    form = _typed(page(claimed), f"{desk.case}/decide")
    assert form["reason"] == "kept reason"
    assert "act_remove" in form
    assert desk.mod.post(f"{desk.case}/decide", form).status_code == 303


def _typed(shown: Page, action: str) -> dict[str, str]:
    """What the form would send: a box counts only where it is ticked."""
    form = shown.form(action)
    return {
        name: value
        for name, value in form.fields.items()
        if form.described[name].get("type") != "checkbox" or "checked" in form.described[name]
    }


def test_without_a_claim_nothing_is_decided(desk: Desk) -> None:
    desk.reported()
    fields = desk.mod.fields(desk.case, f"{desk.case}/claim") | {"seen": "2", "act_none": "y"}
    answer = desk.mod.post(f"{desk.case}/decide", fields | {"seen_at": ids.now()})
    assert answer.status_code == 409


def test_nobody_acts_on_an_admin(desk: Desk) -> None:
    target = f"post-{desk.world.post('root', 'By an admin')}"
    desk.reported(target=target)
    desk.world.given(Claim(target=target, now=ids.now()), "mod")
    answer = decide(desk.mod, f"/moderation/cases/{target}", "warn", reason="kept reason")
    assert answer.status_code == 403


def test_a_note_stays_with_moderators(claimed: Desk) -> None:
    sent = claimed.mod.send(claimed.case, f"{claimed.case}/notes", text="He did it before.")
    assert sent.status_code == 303
    assert "He did it before." in claimed.may.see(claimed.case).text
    assert claimed.mod.send(claimed.case, f"{claimed.case}/notes", text="").status_code == 422


def test_an_escalated_case_waits_for_an_admin(claimed: Desk) -> None:
    assert decide(claimed.mod, claimed.case, "escalate", reason="Beyond me").status_code == 303
    assert "waits for an admin" in claimed.mod.see(claimed.case).text
    assert claimed.root.send(claimed.case, f"{claimed.case}/claim").status_code == 303


def test_a_decision_is_taken_back(claimed: Desk) -> None:
    decision = claimed.decided("remove")
    path = f"/decisions/{decision}"
    assert claimed.mod.send(path, f"{path}/take-back", reason="").status_code == 422
    assert claimed.mod.send(path, f"{path}/take-back", reason="A mistake").status_code == 303
    claimed.follow()
    assert claimed.world.visitor().get(f"/posts/{claimed.post}").status_code == 200
    assert "taken back" in claimed.mod.see(claimed.case).text
    assert "has no effect any more" in claimed.ann.see(path).text


def test_many_are_decided_together_and_taken_back_together(desk: Desk) -> None:
    posts = [desk.world.post("ann", f"Number {number}.") for number in range(3)]
    for post in posts:
        desk.reported(target=f"post-{post}")
    desk.world.given(Claim(target=f"post-{posts[2]}", now=ids.now()), "may")
    query = "&".join(f"case=post-{post}" for post in posts)
    fields = _typed(desk.mod.see(f"/moderation/decide?{query}"), "/moderation/decide")
    sent = desk.mod.post("/moderation/decide", fields | {"act_remove": "y", "reason": "Spam"})
    assert sent.status_code == 303
    shown = desk.mod.see(sent.location).text
    assert "2 decisions made together" in shown
    assert "Another moderator has claimed this case" in shown
    desk.follow()
    assert [desk.world.visitor().get(f"/posts/{post}").status_code for post in posts] == [410, 410, 200]
    assert desk.mod.post("/moderation/decide", fields | {"act_remove": "y", "reason": "Spam"}).status_code == 303
    back = desk.mod.send(sent.location, f"{sent.location}/take-back", reason="A mistake")
    assert back.status_code == 303
    desk.follow()
    assert {desk.world.visitor().get(f"/posts/{post}").status_code for post in posts} == {200}
    assert "taken back" in desk.mod.see(sent.location).text


def test_a_decided_case_is_opened_again(claimed: Desk) -> None:
    claimed.decided("none")
    shown = claimed.may.see(claimed.case)
    assert f"{claimed.case}/claim" not in [form.action for form in shown.forms]
    assert claimed.may.send(claimed.case, "/moderation/cases").status_code == 303
    assert "claimed by may" in claimed.may.see(claimed.case).text


def test_selecting_nothing_is_said(desk: Desk) -> None:
    assert desk.mod.get("/moderation/decide").status_code == 400
    assert desk.mod.get("/moderation/decide?case=nonsense").status_code == 404

"""Statements of reasons, what reporters are told, and appeals."""

from datetime import timedelta

import pytest

from domain import ids
from domain.ids import uuid7
from domain.moderation.suspension import SuspendAccount
from domain.moderation.terms import later
from domain.rights import OPERATOR
from tests.webapp.desk.conftest import Desk
from tests.webapp.html_pages import page


def test_its_author_reads_what_why_and_how_to_appeal(desk: Desk) -> None:
    desk.reported()
    decision = desk.decided("remove", "strike", points=2)
    shown = desk.ann.see(f"/decisions/{decision}").text
    for words in ("removed", "a strike", "It is advertising.", "Buy my watches", "count until", "Appeal"):
        assert words in shown
    assert "bob" not in shown
    assert "bob" not in desk.ann.get(f"/decisions/{decision}").text
    assert "reported" not in shown
    assert "Somebody reported it" in desk.mod.see(f"/decisions/{decision}").text
    assert "a strike" in desk.ann.see("/decisions").text


def test_a_reporter_reads_the_outcome_alone(desk: Desk) -> None:
    report = desk.report(desk.bob)
    decision = desk.decided("warn", note="Between us.")
    shown = desk.bob.see(f"/decisions/{decision}").text
    assert "did something about it" in shown
    assert "warned" not in shown
    assert "Between us." not in shown
    assert "did something about it" in desk.bob.see(f"/reports/{report}").text


def test_what_came_to_nothing_is_told_to_the_reporter_and_to_nobody_else(desk: Desk) -> None:
    desk.report(desk.bob)
    decision = desk.decided("none")
    assert "nothing was done" in desk.bob.see(f"/decisions/{decision}").text
    assert desk.ann.get(f"/decisions/{decision}").status_code == 404
    assert "No moderator has decided" in desk.ann.see("/decisions").text
    assert desk.world.visitor().get(f"/decisions/{decision}").status_code == 404


def test_others_and_forged_ones_are_not_there(desk: Desk) -> None:
    desk.reported()
    decision = desk.decided("remove")
    cay = desk.world.person("cay")
    assert cay.get(f"/decisions/{decision}").status_code == 404
    assert cay.get(f"/decisions/{decision}/appeal").status_code == 404
    for path in (f"/decisions/{uuid7()}", f"/appeals/{uuid7()}", f"/moderation/batches/{uuid7()}"):
        assert desk.mod.get(path).status_code == 404


def test_an_author_appeals_and_another_moderator_overturns(desk: Desk) -> None:
    desk.reported()
    decision = desk.decided("remove")
    path = f"/decisions/{decision}/appeal"
    assert "Appeal" in [name for form in desk.ann.see(f"/decisions/{decision}").forms for name in form.buttons]
    assert desk.ann.send(path, text="").status_code == 422
    sent = desk.ann.send(path, text="It was a joke.")
    assert sent.status_code == 303
    assert desk.ann.send(path, text="Again.").status_code == 409
    assert "It was a joke." in desk.may.see("/moderation?show=appeals").text
    assert "It was a joke." in desk.ann.see(sent.location).text
    assert desk.bob.get(sent.location).status_code == 404
    assert desk.may.send(sent.location, f"{sent.location}/reply", text="Really?").status_code == 303
    assert desk.ann.send(sent.location, f"{sent.location}/reply", text="Yes.").status_code == 303
    assert "Yes." in desk.may.see(sent.location).text
    own = desk.mod.send(sent.location, f"{sent.location}/resolve", outcome="upheld", reason="I was right")
    assert own.status_code == 403
    assert desk.may.send(sent.location, f"{sent.location}/resolve", outcome="overturned", reason="").status_code == 422
    done = desk.may.send(sent.location, f"{sent.location}/resolve", outcome="overturned", reason="A joke indeed")
    assert done.status_code == 303
    desk.follow()
    assert "has no effect any more" in desk.ann.see(sent.location).text
    assert "A joke indeed" in desk.ann.see(sent.location).text
    assert desk.world.visitor().get(f"/posts/{desk.post}").status_code == 200
    assert "overturned" in desk.mod.see(desk.case).text


def test_a_reporter_appeals_and_it_is_upheld(desk: Desk) -> None:
    report = desk.report(desk.bob)
    decision = desk.decided("none")
    assert f"/decisions/{decision}/appeal" in desk.bob.get(f"/reports/{report}").text
    sent = desk.bob.send(f"/decisions/{decision}/appeal", text="It is advertising!")
    assert sent.status_code == 303
    assert desk.ann.get(sent.location).status_code == 404
    done = desk.may.send(sent.location, f"{sent.location}/resolve", outcome="upheld", reason="It may stay")
    assert done.status_code == 303
    assert "It may stay" in desk.bob.see(sent.location).text


def test_after_six_months_it_is_too_late(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.reported()
    decision = desk.decided("remove")
    now = ids.now()
    monkeypatch.setattr(ids, "now", lambda: later(now, timedelta(days=184)))
    answer = desk.ann.send(f"/decisions/{decision}/appeal", text="kept words")
    assert answer.status_code == 409
    assert page(answer).form(f"/decisions/{decision}/appeal").fields["text"] == "kept words"
    assert "could be appealed until" in desk.ann.see(f"/decisions/{decision}").text


def test_somebody_suspended_reads_and_appeals(desk: Desk) -> None:
    desk.reported()
    decision = desk.decided("suspend", until=later(ids.now(), timedelta(days=7)))
    ann = desk.world.logged_in("ann")
    assert "/decisions" in ann.get("/").text
    assert f"/decisions/{decision}" in ann.get("/decisions").text
    sent = ann.send(f"/decisions/{decision}/appeal", text="Please.")
    assert sent.status_code == 303
    assert ann.get(sent.location).status_code == 200


def test_the_bell_tells_author_reporter_and_appellant(desk: Desk) -> None:
    desk.report(desk.bob)
    decision = desk.decided("remove")
    assert f'href="/decisions/{decision}">what, why' in desk.ann.get("/notifications").text
    assert "What you reported was looked at" in desk.bob.see("/notifications").text
    appeal = desk.ann.send(f"/decisions/{decision}/appeal", text="It was a joke.").location
    desk.may.send(appeal, f"{appeal}/reply", text="Really?")
    assert "answered your appeal" in desk.ann.see("/notifications").text
    desk.may.send(appeal, f"{appeal}/resolve", outcome="overturned", reason="A joke indeed")
    desk.follow()
    shown = desk.ann.see("/notifications").text
    assert "Your appeal was decided" in shown
    assert "was taken back" in shown
    assert "was taken back" in desk.bob.see("/notifications").text
    assert desk.ann.get("/notifications/count", headers={"HX-Request": "true"}).text.count("new") == 1


def test_nothing_is_told_of_what_came_to_nothing_but_to_the_reporter(desk: Desk) -> None:
    desk.report(desk.bob)
    desk.decided("none")
    assert "Nothing yet." in desk.ann.see("/notifications").text
    assert "What you reported was looked at" in desk.bob.see("/notifications").text


def test_a_note_about_somebody_is_told_to_nobody(desk: Desk) -> None:
    path = "/moderation/people/ann"
    assert desk.mod.send(path, f"{path}/notes", text="Knows the rules.").status_code == 303
    assert "Knows the rules." in desk.may.see(path).text
    assert "Nothing yet." in desk.ann.see("/notifications").text
    assert "Knows the rules." not in desk.ann.get("/@ann").text


def test_a_suspension_by_the_operator_has_no_statement(desk: Desk) -> None:
    desk.world.given(SuspendAccount(handle="ann", reason="Spam", until="", now=ids.now()), OPERATOR)
    assert "No moderator has decided" in desk.world.logged_in("ann").see("/decisions").text

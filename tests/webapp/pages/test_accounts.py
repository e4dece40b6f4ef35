"""Accounts through the pages: who somebody is to the site, and that what they type survives a session's end."""

from collections.abc import Callable

import pytest

from domain import account
from operational.drafts import MAX_DRAFTS
from tests.webapp.conftest import Visitor, World
from tests.webapp.html_pages import page
from webapp.site import passwords


def _register(world: World, handle: str = "ann", password: str = "correct horse") -> Visitor:
    visitor = world.visitor()
    sent = visitor.send("/register", handle=handle, password=password)
    assert sent.status_code == 303, sent.text
    return visitor


def test_who_registers_is_logged_in_at_once(world: World) -> None:
    ann = _register(world, "Ann")
    assert ann.get("/posts/new").status_code == 200
    assert "Log out" in ann.see("/").text


def test_who_logs_out_is_out_and_logs_in_again(world: World) -> None:
    ann = _register(world)
    ann.send("/", "/logout")
    assert ann.get("/settings").location == "/login?next=/settings"
    assert ann.send("/login?next=/settings", "/login", handle=" @ANN", password="correct horse").location == "/settings"
    assert ann.get("/settings").status_code == 200


def test_a_session_that_the_server_ended_is_over_in_every_browser(world: World) -> None:
    ann = _register(world)
    world.sessions.close_all(world.id("ann"))
    assert ann.get("/settings").status_code == 303


@pytest.mark.parametrize(
    ("handle", "password"),
    [
        ("ann", "wrong"),
        ("nobody", "correct horse"),
        ("", ""),
        ("ann", "x" * 1001),
        ("imported", ""),
        ("\0", "\0"),
    ],
)
def test_a_wrong_password_and_an_unknown_handle_are_told_alike(world: World, handle: str, password: str) -> None:
    _register(world)
    world.given(account.RegisterAccount(handle="imported"), "imported")
    sent = world.visitor().send("/login", handle=handle, password=password)
    assert sent.status_code == 422
    assert "Handle and password don't belong together." in page(sent).text
    assert page(sent).form("/login").fields["password"] == ""


def test_a_taken_handle_is_refused_however_it_is_written(world: World) -> None:
    _register(world, "ann")
    sent = world.visitor().send("/register", handle="ＡＮＮ", password="correct horse")
    assert sent.status_code == 409
    assert "Somebody has that handle already" in page(sent).text
    assert page(sent).form("/register").fields["handle"] == "ＡＮＮ"


def test_a_registration_sent_again_lets_nobody_in_with_another_password(world: World) -> None:
    visitor, thief = world.visitor(), world.visitor()
    fields = visitor.fields("/register") | {"handle": "ann", "password": "correct horse"}
    visitor.post("/register", fields)
    token = thief.fields("/register")["csrf_token"]
    stolen = thief.post("/register", fields | {"csrf_token": token, "password": "another horse"})
    assert stolen.status_code == 422
    assert (
        visitor.post("/register", fields | {"csrf_token": visitor.fields("/settings")["csrf_token"]}).status_code == 303
    )


def test_each_field_of_a_registration_says_what_is_wrong(world: World) -> None:
    sent = world.visitor().send("/register", handle="no blanks", password="short")
    assert sent.status_code == 422
    assert "Handle may have the letters a to z" in page(sent).text
    assert "Password must have at least 8 characters." in page(sent).text


def test_a_new_password_ends_every_other_session(world: World) -> None:
    here = _register(world)
    there = world.logged_in("ann")
    refused = here.send("/settings", "/settings/password", current_password="wrong", password="new horse 123")
    assert refused.status_code == 422
    assert "This is not your password" in page(refused).text
    changed = here.send("/settings", "/settings/password", current_password="correct horse", password="new horse 123")
    assert changed.status_code == 303
    assert "Your password is changed" in here.see("/settings").text
    assert there.get("/settings").status_code == 303
    assert passwords.matches(world.bus.aggregates().account_named("ann").password_hash, "new horse 123")


def test_name_and_bio_are_saved_and_come_back_when_too_long(world: World) -> None:
    ann = world.person("ann")
    ann.send("/settings", name="Ann Onymous", bio="Writes.")
    assert page(ann.get("/settings")).form("/settings").fields["name"] == "Ann Onymous"
    sent = ann.send("/settings", name="x" * 81, bio="Writes more.")
    assert sent.status_code == 422
    assert page(sent).form("/settings").fields["bio"] == "Writes more."


def test_what_was_typed_when_the_session_ran_out_is_back_after_logging_in(world: World) -> None:
    ann = _register(world)
    fields = ann.fields("/posts/new") | {"title": "A long title", "body": "Long, long thought."}
    world.sessions.close_all(world.id("ann"))
    login = ann.post("/posts/new", fields)
    assert login.status_code == 200
    form = page(login).form("/login").fields
    wrong = ann.post("/login", form | {"handle": "ann", "password": "wrong horse"})
    form = page(wrong).form("/login").fields
    back = ann.post("/login", form | {"handle": "ann", "password": "correct horse"})
    assert back.location == f"/posts/new/{fields['begun']}"
    for _ in range(2):
        restored = ann.see(back.location).form("/posts/new").fields
        assert (restored["title"], restored["body"]) == ("A long title", "Long, long thought.")
    assert ann.post("/posts/new", restored).status_code == 303


def test_a_comment_survives_too_even_when_the_browser_lost_its_cookie(world: World) -> None:
    ann = _register(world)
    post = world.post("ann")
    fields = ann.fields(f"/posts/{post}", f"/posts/{post}/comments") | {"body": "A thought."}
    ann.client.delete_cookie("session")
    login = ann.post(f"/posts/{post}/comments", fields, htmx=True)
    assert login.headers["HX-Retarget"] == "body"
    form = page(login).form("/login").fields
    back = ann.post("/login", form | {"handle": "ann", "password": "correct horse"})
    assert back.location == f"/posts/{post}#add"
    assert ann.see(back.location).form(f"/posts/{post}/comments").fields["body"] == "A thought."


def test_text_is_not_lost_when_its_place_is_gone_after_logging_in(world: World) -> None:
    ann, mod = _register(world), world.person("mod", "moderator")
    post = world.post("mod")
    fields = ann.fields(f"/posts/{post}", f"/posts/{post}/comments") | {"body": "A thought."}
    world.sessions.close_all(world.id("ann"))
    form = page(ann.post(f"/posts/{post}/comments", fields)).form("/login").fields
    mod.send(f"/posts/{post}", f"/posts/{post}/remove", reason="Spam.")
    back = ann.post("/login", form | {"handle": "ann", "password": "correct horse"})
    assert back.status_code == 303
    gone = ann.get(back.location)
    assert gone.status_code == 410
    assert "A thought." in gone.text


def test_a_form_without_a_draft_is_filled_at_its_own_address_after_logging_in(world: World) -> None:
    ann = _register(world)
    fields = ann.fields("/settings") | {"name": "Ann", "bio": "Typed with care."}
    world.sessions.close_all(world.id("ann"))
    form = page(ann.post("/settings", fields)).form("/login").fields
    back = ann.post("/login", form | {"handle": "ann", "password": "correct horse"})
    assert back.location == "/settings?kept=1"
    for _ in range(2):
        assert ann.see(back.location).form("/settings").fields["bio"] == "Typed with care."
    assert ann.see("/settings").form("/settings").fields["bio"] == ""
    assert "Typed with care." not in ann.see("/drafts").text
    world.person("eve")
    assert world.logged_in("eve").see(back.location).form("/settings").fields["bio"] == ""


def test_what_was_typed_is_back_also_beside_as_many_drafts_as_there_may_be(world: World) -> None:
    ann = _register(world)
    begun = [ann.fields("/posts/new") | {"title": f"Number {number}"} for number in range(MAX_DRAFTS + 1)]
    for one in begun[:-1]:
        assert ann.post("/drafts/save", one | {"place": f"/posts/new/{one['begun']}"}).status_code == 303
    world.sessions.close_all(world.id("ann"))
    form = page(ann.post("/posts/new", begun[-1])).form("/login").fields
    back = ann.post("/login", form | {"handle": "ann", "password": "correct horse"})
    assert back.location == "/posts/new?kept=1"
    assert ann.see(back.location).form("/posts/new").fields["title"] == f"Number {MAX_DRAFTS}"


def test_a_like_without_a_session_leads_back_to_the_post_after_logging_in(world: World) -> None:
    ann = _register(world)
    post = world.post("ann")
    fields = ann.fields(f"/posts/{post}", f"/posts/{post}/like")
    world.sessions.close_all(world.id("ann"))
    form = page(ann.post(f"/posts/{post}/like", fields)).form("/login").fields
    assert ann.post("/login", form | {"handle": "ann", "password": "correct horse"}).location == f"/posts/{post}"


@pytest.mark.parametrize(
    "next",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", "/a\r\nX: y", "/ü", ""],
)
def test_logging_in_leads_nowhere_else(world: World, next: str) -> None:
    ann = _register(world)
    sent = ann.send("/login", handle="ann", password="correct horse", next=next)
    assert sent.location == "/"


def test_forged_kept_text_is_ignored(world: World) -> None:
    ann = _register(world)
    assert ann.send("/login", handle="ann", password="correct horse", kept="forged").location == "/"


def test_cookies_are_hardened_and_secure_on_https(build: Callable[..., World]) -> None:
    plain, secure = build(), build(public_url="https://verbatim.example")
    cookie = plain.visitor().get("/login").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    answer = secure.visitor().get("/login", base_url="https://verbatim.example")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]

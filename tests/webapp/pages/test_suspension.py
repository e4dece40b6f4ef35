"""Somebody suspended learns it before they write: every page says why, until when and what can be done."""

import pytest

from domain.moderation.suspension import ReinstateAccount, SuspendAccount
from tests.webapp.conftest import World
from tests.webapp.html_pages import page

TITLE = {"en": "Your account is suspended.", "de": "Dein Konto ist gesperrt."}
UNTIL = {"en": "until a moderator reinstates you", "de": "bis die Moderation dein Konto wieder freigibt"}


@pytest.mark.parametrize("language", TITLE)
def test_every_page_says_why_until_when_and_what_can_be_done(world: World, language: str) -> None:
    ann = world.person("ann")
    world.person("mod", "moderator")
    post = world.post("ann")
    comment = world.comment("ann", post)
    world.given(SuspendAccount(handle="ann", reason="Spam <b>twice</b>"), "mod")
    own = ("/settings", "/drafts", "/notifications", "/moderation", "/@ann", f"/comments/{comment}/reply")
    written = ("/posts/new", f"/posts/{post}", f"/posts/{post}/edit", f"/posts/{post}/history")
    for path in ("/", "/search", "/nowhere", *own, *written):
        answer = ann.get(path, headers={"Accept-Language": language})
        text = page(answer).text
        assert text.count(TITLE[language]) == 1, path
        assert "Spam <b>twice</b>" in text
        assert UNTIL[language] in text
        assert 'href="/notifications"' in answer.text.partition('role="note"')[2].partition("</div>")[0]


def test_a_form_that_comes_back_has_it_too_and_no_part_of_a_page(world: World) -> None:
    ann = world.person("ann")
    world.person("mod", "moderator")
    world.given(SuspendAccount(handle="ann", reason="Spam"), "mod")
    refused = ann.send("/posts/new", title="Kept", body="Words")
    assert (refused.status_code, page(refused).text.count(TITLE["en"])) == (403, 1)
    assert TITLE["en"] not in ann.get("/", headers={"HX-Request": "true", "HX-Request-Type": "partial"}).text


def test_nobody_else_sees_it_and_it_goes_when_they_are_reinstated(world: World) -> None:
    ann, mod = world.person("ann"), world.person("mod", "moderator")
    world.given(SuspendAccount(handle="ann", reason="Spam"), "mod")
    assert TITLE["en"] in ann.see("/").text
    for other in (mod, world.visitor()):
        assert TITLE["en"] not in other.see("/").text
        assert TITLE["en"] not in other.see("/@ann").text
    world.given(ReinstateAccount(handle="ann"), "mod")
    assert TITLE["en"] not in ann.see("/").text

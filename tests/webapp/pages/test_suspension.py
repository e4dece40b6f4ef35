"""Somebody suspended learns it before they write: every page says why, until when and what can be done."""

import re
import time
from datetime import timedelta

import pytest

from domain import ids
from domain.moderation.suspension import ReinstateAccount, SuspendAccount
from tests.webapp.conftest import World
from tests.webapp.html_pages import page
from webapp.server.cached_page import RECHECK_S

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


LENGTHS = {"1": 1, "7": 7, "30": 30, "90": 90, "365": 365}


def until(world: World, handle: str = "ann") -> str | None:
    """When the suspension ends, as stored; "" for never."""
    suspension = world.bus.aggregates().account_named(handle).suspension
    return None if suspension is None else suspension.until


def test_a_moderator_chooses_how_long(world: World) -> None:
    world.person("ann")
    mod = world.person("mod", "moderator")
    for days, length in LENGTHS.items():
        assert mod.send("/@ann", "/@ann/suspend", reason="Spam", days=days).location == "/@ann"
        least, most = (ids.from_now(timedelta(days=length, minutes=minutes)) for minutes in (-1, 0))
        assert least < (until(world) or "") <= most
        mod.send("/@ann", "/@ann/reinstate")
    mod.send("/@ann", "/@ann/suspend", reason="Spam", days="")
    assert until(world) == ""


def test_a_date_counts_instead_and_can_be_changed_later(world: World) -> None:
    world.person("ann")
    mod = world.person("mod", "moderator")
    day = ids.from_now(timedelta(days=40))[:10]
    mod.send("/@ann", "/@ann/suspend", reason="Spam", days="7", until=day)
    assert until(world) == f"{day}T00:00:00.000000Z"
    for viewer, path in ((world.visitor(), "/@ann"), (world.logged_in("ann"), "/"), (mod, "/moderation?show=log")):
        assert re.search(rf'until <time datetime="{day}T00:00:00Z" data-exact>', viewer.get(path).text), path
    later = ids.from_now(timedelta(days=50))[:10]
    fields = mod.fields("/@ann", "/@ann/reinstate") | {"reason": "Worse", "until": later}
    assert 'formaction="/@ann/suspend"' in mod.get("/@ann").text
    assert mod.post("/@ann/suspend", fields).location == "/@ann"
    assert until(world) == f"{later}T00:00:00.000000Z"
    before = world.head()
    assert mod.post("/@ann/suspend", fields).location == "/@ann"
    assert world.head() == before, "a form that is sent twice has one effect"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"until": "2020-01-01"}, 422),
        ({"until": "2999-01-01"}, 422),
        ({"until": "2027-02-30"}, 422),
        ({"until": "soon"}, 422),
        ({"days": "-1"}, 400),
        ({"days": "8"}, 400),
        ({"days": "x" * 300}, 400),
    ],
)
def test_an_end_that_cannot_be_stores_nothing_and_comes_back(world: World, fields: dict[str, str], status: int) -> None:
    world.person("ann")
    mod = world.person("mod", "moderator")
    before = world.head()
    answer = mod.send("/@ann", "/@ann/suspend", reason="Spam", **fields)
    assert (answer.status_code, world.head()) == (status, before)
    if status == 422:
        assert 'id="act-until-error"' in answer.text
        assert 'value="Spam"' in answer.text


@pytest.mark.parametrize("language", TITLE)
def test_every_page_says_until_when(world: World, language: str) -> None:
    ann = world.person("ann")
    world.person("mod", "moderator")
    world.given(SuspendAccount(handle="ann", reason="Spam", until="2027-05-03T12:00:00Z"), "mod")
    answer = ann.get("/", headers={"Accept-Language": language})
    assert page(answer).text.count(TITLE[language]) == 1
    note = answer.text.partition('role="note"')[2].partition("</div>")[0]
    assert '<time datetime="2027-05-03T12:00:00Z" data-exact>' in note
    assert UNTIL[language] not in note


@pytest.mark.slow(4)
def test_no_page_says_it_once_it_is_over(world: World) -> None:
    """Neither one that strangers are given from memory, nor an answer of the lists that is remembered."""
    ann, mod = world.person("ann"), world.person("mod", "moderator")
    end = ids.from_now(timedelta(seconds=2))
    world.given(SuspendAccount(handle="ann", reason="Spam", until=end), "mod")
    views = ((world.visitor(), "/@ann"), (mod, "/@ann"), (ann, "/"))
    for viewer, path in views:
        assert "suspended" in viewer.get(path).text
    assert ann.send("/posts/new", title="t", body="b").status_code == 403
    head = world.head()
    while ids.now() < end:
        time.sleep(0.05)
    time.sleep(RECHECK_S)
    for viewer, path in views:
        assert "suspended" not in viewer.get(path).text
    assert world.head() == head
    assert ann.send("/posts/new", title="t", body="b").status_code == 303

"""No page says anything that stands in no catalogue, and the catalogues are whole."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from domain import account, comment, post
from domain.ids import uuid7
from domain.moderation import suspension
from domain.webhook import KINDS
from operational import departures, drafts, takeouts, webhook_deliveries
from retention import DEFAULT
from tests.webapp.conftest import World
from tests.webapp.site import pseudo_language
from tests.webapp.site.i18n_world import GERMAN, PARTIAL
from webapp import ROOT
from webapp.site import i18n, passwords

PASSWORD = "Q horse battery"
NO_PAGES = re.compile(
    r"/(static|api|live|avatars|quote|healthz|readyz|metrics|sitemaps?|robots|favicon|apple-touch-icon|\.well-known)\b"
    r"|\.atom$"
)

"""What answers programs, streams, or says only what somebody typed."""


@pytest.fixture
def apps() -> dict[str, Flask]:
    """Applications of this module's own, since the catalogues are read when one is made."""
    return {}


@pytest.fixture
def brackets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, build: Any) -> World:
    """A site whose German is every message in brackets."""
    monkeypatch.setattr(i18n, "FOLDER", pseudo_language.written(tmp_path / "translations"))
    world: World = build()
    return world


class FilledSite:
    """People, a thread, traces of moderation, a draft, a webhook with deliveries. All that is typed begins with q."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ann, self.mod = world.person("qann"), world.person("qmod", "moderator")
        self.root = world.person("qroot", "moderator", "admin")
        world.person("qeve")
        world.given(account.EditProfile(handle="qann", name="Qann", bio="Qbio |\n\n| q |\n|---|\n| q |\n"), "qann")
        self.thing = world.post("qann", "Qtitle", "Qbody #qtag @qmod ![](/qpicture)")
        self.gone = world.post("qann", "Qgone", "Qbody")
        self.locked = world.post("qann", "Qlocked", "Qbody")
        self.one = world.comment("qmod", self.thing, "Qsaid @qann")
        self.two = world.comment("qann", self.thing, "Qback", parent=self.one)
        self.three = world.comment("qann", self.thing, "Qthree")
        given = world.given
        given(post.EditPost(post=self.thing, version=1, title="Qtitle", body="Qnew #qtag", reason="Qwhy"), "qmod")
        given(comment.EditComment(comment=self.two, version=1, body="Qnew", reason="Qwhy"), "qmod")
        given(comment.RemoveComment(comment=self.three, reason="Qwhy"), "qmod")
        given(post.RemovePost(post=self.gone, reason="Qwhy"), "qmod")
        given(post.LockPost(post=self.locked), "qmod")
        given(post.UnlockPost(post=self.locked), "qmod")
        given(post.LockPost(post=self.locked), "qmod")
        given(suspension.SuspendAccount(handle="qeve", reason="Qwhy"), "qroot")
        given(account.GrantRole(handle="qann", role="moderator"), "qroot")
        given(account.RevokeRole(handle="qann", role="moderator"), "qroot")
        world.like("qann", f"post-{self.thing}")
        self.takeout = takeouts.request(world.generations.control, world.id("qann"), "en", DEFAULT.takeouts).id
        self.receipt = departures.open_for(world.generations.control, "qgone", "2026-01-01T00:00:00.000000Z").id
        self.begun = uuid7()
        drafts.save(
            world.generations.control, world.id("qann"), f"/posts/new/{self.begun}", {"title": "", "body": "Qdraft"}
        )
        path = re.search(r'href="(/settings/webhooks/[0-9a-f-]+)"', self.webhook())
        assert path
        self.hook = path[1].rpartition("/")[2]
        for _kind in KINDS:
            webhook_deliveries.add_test(world.generations.control, self.hook, "qann")

    def webhook(self) -> str:
        here = "/settings/webhooks"
        typed = {"url": "https://q.example/q", "description": "Qhook", "current_password": PASSWORD}
        self.world.given(account.ChangePassword(handle="qann", password_hash=passwords.hashed(PASSWORD)), "qann")
        self.ann.send(here, **typed)
        self.ann.send("/settings/tokens", label="Qtoken", scope_read="y", days="30", current_password="x")
        return str(self.ann.get(here).get_data(as_text=True))

    def paths(self) -> Iterator[str]:
        """Every page there is, by the routes."""
        for rule in self.world.app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or NO_PAGES.search(rule.rule):
                continue
            known = {"post": (self.thing, self.gone, self.locked), "comment": (self.one, self.two, self.three)}
            known |= {"handle": ("qann", "qeve"), "webhook": (self.hook,), "begun": (self.begun,), "tag": ("qtag",)}
            known |= {"takeout": (self.takeout,), "receipt": (self.receipt,), "quarter": ("2020-Q1",)}
            known |= {"named": (f"post-{self.thing}",), "target": (f"post-{self.thing}",)}
            known |= dict.fromkeys(("report", "decision", "appeal", "batch"), (self.thing,))
            assert rule.arguments <= known.keys(), f"nothing is known to fill {rule.rule}"
            if not rule.arguments:
                yield rule.rule
            for name in rule.arguments:
                for value in known[name]:
                    yield re.sub(r"<[^>]+>", value, rule.rule)
        yield from ("/?tag=qtag&author=qann", "/?tag=qnone", "/?author=qnobody", "/?sort=top", "/@qann?show=comments")
        yield from (
            "/search?q=qnew",
            "/search?q=qsaid&kind=comments",
            "/search?q=qnothing",
            "/search?q=.",
            "/people?q=q",
            "/log",
            "/log?kind=PostRemoved",
            "/log?to=2000-01-01",
            "/log?from=2000-02-30&kind=q",
            "/log?from=2001-01-01&to=2000-01-01",
        )
        yield from (f"/moderation?show={tab}" for tab in ("log", "appeals", "posts", "comments", "site"))
        yield from (f"/posts/{self.thing}?version=1", f"/posts/{self.thing}/history?view=split", "/people?q=qnobody")
        yield from (f"/posts/{self.thing}?version=nine", "/nowhere", "/?sort=bad", f"/posts/{self.thing}?after=bad")


@pytest.mark.slow
@pytest.mark.parametrize("partial", [False, True], ids=["page", "part"])
def test_no_page_says_anything_that_stands_in_no_catalogue(brackets: World, partial: bool):
    filled = FilledSite(brackets)
    headers = GERMAN | (PARTIAL if partial else {})
    bad = {}
    for who, visitor in (("a stranger", brackets.visitor()), ("qann", filled.ann), ("qroot", filled.root)):
        for path in dict.fromkeys(filled.paths()):
            answer = visitor.get(path, headers=headers)
            html = answer.get_data(as_text=True)
            assert answer.status_code < 500, f"{path} for {who}: {html}"
            leads_on = answer.status_code in (301, 302, 303) or "HX-Redirect" in answer.headers
            if answer.mimetype == "text/html" and not leads_on and (said := pseudo_language.outside(html)):
                bad[f"{path} for {who}"] = said
    assert bad == {}


SENT: dict[str, dict[str, str]] = {
    "/register": {"handle": "Ä ä", "password": "x"},
    "/login": {"handle": "qann", "password": "x"},
    "/posts/new": {"title": "", "body": "q" * 40_001, "url": "q"},
    "/settings": {"name": "q" * 81, "bio": "q\x00"},
    "/settings/password": {"current_password": "x", "password": "x"},
    "/settings/tokens": {"label": "q" * 81},
    "/settings/webhooks": {"url": "https://q.example:81/q", "description": "q", "current_password": PASSWORD},
    "/settings/webhooks/{hook}/rotate": {},
    "/posts/{thing}/comments": {"body": ""},
    "/posts/{locked}/comments": {"body": "Q"},
    "/posts/{thing}/edit": {"title": "Qother", "body": "Qother", "version": "1"},
    "/posts/{thing}/undo": {"version": "99"},
    "/comments/{one}/edit": {"body": "Q", "version": "1"},
    "/comments/{two}/edit": {"body": "Qmine", "version": "1"},
    "/comments/{three}/reply": {"body": "Q"},
    "/posts/{thing}/lock": {},
    "/posts/{gone}/like": {},
    "/@qeve/roles": {"action": "grant-king", "role_reason": "q"},
    "/drafts/save": {"place": f"/posts/new/{uuid7()}", "body": "q" * 100_001},
    "/drafts/save#": {"place": "/nowhere"},
    "/language": {"language": "tlh"},
}


@pytest.mark.parametrize("partial", [False, True], ids=["page", "part"])
def test_no_refusal_says_anything_that_stands_in_no_catalogue(brackets: World, partial: bool):
    filled = FilledSite(brackets)
    token = filled.ann.fields("/settings")["csrf_token"]
    bad = {}
    for action, typed in SENT.items():
        headers = GERMAN | (PARTIAL if partial else {})
        path = action.format_map(vars(filled)).removesuffix("#")
        answer = filled.ann.client.post(path, data=typed | {"csrf_token": token}, headers=headers)
        assert 400 <= answer.status_code < 500 or (partial and answer.status_code == 200), f"{path}: {answer.status}"
        if said := pseudo_language.outside(answer.get_data(as_text=True)):
            bad[path] = said
    assert bad == {}


def test_words_outside_of_messages_are_found():
    html = '<p title="Hello">⟦Some <b>kept</b>⟧ left</p><template data-one="{} more"></template><p>qwords v2</p>'
    assert [found.partition(" (")[0] for found in pseudo_language.outside(html)] == ["Hello", "more", "left"]


def test_the_catalogues_are_whole_and_up_to_date():
    checked = subprocess.run(
        [sys.executable, ROOT / "tools" / "message_catalogues.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr

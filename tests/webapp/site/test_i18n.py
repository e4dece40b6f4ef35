"""The pages in another language: nothing is left in English, and who asks for what gets what."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g

from domain import account, comment, post
from domain.errors import Invalid, Sentence
from domain.ids import uuid7
from domain.webhook import KINDS
from operational import drafts, webhook_deliveries
from tests.webapp.conftest import World
from tests.webapp.html_pages import page
from tests.webapp.site import pseudo_language
from webapp import ROOT
from webapp.site import i18n

GERMAN = {"Accept-Language": "de"}
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
NO_PAGES = re.compile(r"/(static|api|live|avatars|quote|healthz|readyz|metrics)\b|\.atom$")
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


class CheckpointState:
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
        given(account.SuspendAccount(handle="qeve", reason="Qwhy"), "qroot")
        given(account.GrantRole(handle="qann", role="moderator"), "qroot")
        given(account.RevokeRole(handle="qann", role="moderator"), "qroot")
        world.like("qann", f"post-{self.thing}")
        self.begun = uuid7()
        drafts.save(world.generations.control, "qann", f"/posts/new/{self.begun}", {"title": "", "body": "Qdraft"})
        path = re.search(r'href="(/settings/webhooks/[0-9a-f-]+)"', self.webhook())
        assert path
        self.hook = path[1].rpartition("/")[2]
        for _kind in KINDS:
            webhook_deliveries.add_test(world.generations.control, self.hook, "qann")

    def webhook(self) -> str:
        here = "/settings/webhooks"
        typed = {"url": "https://q.example/q", "description": "Qhook"}
        self.ann.send(here, **typed)
        self.ann.send("/settings/tokens", label="Qtoken", scope_read="y", days="30", current_password="x")
        return str(self.ann.get(here).get_data(as_text=True))

    def paths(self) -> Iterator[str]:
        """Every page there is, by the routes."""
        for rule in self.world.app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or NO_PAGES.search(rule.rule):
                continue
            known = {"post": (self.thing, self.gone, self.locked), "comment": (self.one, self.two, self.three)}
            known |= {"handle": ("qann", "qeve"), "webhook": (self.hook,), "begun": (self.begun,)}
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
        )
        yield from (f"/moderation?show={tab}" for tab in ("posts", "comments", "site"))
        yield from (f"/posts/{self.thing}?version=1", f"/posts/{self.thing}/history?view=split", "/people?q=qnobody")
        yield from (f"/posts/{self.thing}?version=nine", "/nowhere", "/?sort=bad", f"/posts/{self.thing}?after=bad")


@pytest.mark.slow
@pytest.mark.parametrize("partial", [False, True], ids=["page", "part"])
def test_no_page_says_anything_that_stands_in_no_catalogue(brackets: World, partial: bool):
    filled = CheckpointState(brackets)
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
    "/settings/webhooks": {"url": "https://q.example:81/q", "description": "q"},
    "/posts/{thing}/comments": {"body": ""},
    "/posts/{locked}/comments": {"body": "Q"},
    "/posts/{thing}/edit": {"title": "Qother", "body": "Qother", "version": "1"},
    "/posts/{thing}/undo": {"version": "99"},
    "/comments/{one}/edit": {"body": "Q", "version": "1"},
    "/comments/{two}/edit": {"body": "Qmine", "version": "1"},
    "/comments/{three}/reply": {"body": "Q"},
    "/posts/{thing}/lock": {},
    "/posts/{gone}/like": {},
    "/@qeve/roles": {"action": "grant", "role": "king"},
    "/drafts/save": {"place": f"/posts/new/{uuid7()}", "body": "q" * 100_001},
    "/drafts/save#": {"place": "/nowhere"},
    "/language": {"language": "tlh"},
}


@pytest.mark.parametrize("partial", [False, True], ids=["page", "part"])
def test_no_refusal_says_anything_that_stands_in_no_catalogue(brackets: World, partial: bool):
    filled = CheckpointState(brackets)
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


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("de", "de"),
        ("de-AT;q=0.9, en;q=0.8", "de"),
        ("DE-de", "de"),
        ("fr, de;q=0.1", "de"),
        ("en, de;q=0.9", "en"),
        ("de;q=0, fr", "en"),
        ("*", "en"),
        ("", "en"),
        ("tlh", "en"),
        (";;;,,q=q", "en"),
        ("de;q=many", "en"),
        ("\xff\x00-" * 3_000, "en"),
    ],
)
def test_the_browser_says_which_language(world: World, asked: str, language: str):
    answer = world.visitor().get("/", headers={"Accept-Language": asked.replace("\x00", "")})
    assert f'<html lang="{language}">' in answer.get_data(as_text=True)


def test_without_a_wish_the_pages_are_english(world: World):
    assert '<html lang="en">' in world.visitor().get("/").get_data(as_text=True)


def test_the_switch_is_a_form_that_is_remembered_and_leads_back(world: World):
    visitor = world.visitor()
    fields = visitor.fields("/search?q=cats", "/language")
    answer = visitor.post("/language", fields | {"language": "de"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/search?q=cats")
    assert "Secure" not in answer.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax"} <= set(answer.headers["Set-Cookie"].split("; "))
    assert "Suchen" in visitor.see("/search?q=cats").text
    visitor.post("/language", {"language": "en"})
    assert "Search" in visitor.see("/search").text


def test_the_choice_outlives_logging_in_and_out(world: World):
    ann = world.person("ann")
    ann.post("/language", {"language": "de"})
    assert "Abmelden" in ann.see("/").text
    ann.send("/", "/logout")
    assert "Anmelden" in ann.see("/").text


def test_a_cookie_of_a_language_that_is_not_spoken_is_passed_over(world: World):
    visitor = world.visitor()
    for value in ("tlh", "../../etc", "", "de; q"):
        visitor.client.set_cookie("language", value)
        assert '<html lang="de">' in visitor.get("/", headers=GERMAN).get_data(as_text=True)


@pytest.mark.parametrize("language", ["tlh", "", "DE", "de\x00", "../de"])
def test_an_unknown_language_is_refused(world: World, language: str):
    answer = world.visitor().post("/language", {"language": language})
    assert answer.status_code == 400
    assert "There is no such language here." in page(answer).text
    assert "Set-Cookie" not in answer.headers


def test_a_form_of_another_site_changes_no_language(world: World):
    answer = world.visitor().client.post("/language", data={"language": "de"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_the_switch_leads_nowhere_else(world: World, to: str):
    assert world.visitor().post("/language", {"language": "de", "next": to}).headers["Location"] == "/"


def test_caches_tell_languages_apart(world: World):
    varies = world.visitor().get("/").headers["Vary"]
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in varies.split(",")}


def test_what_is_kept_for_strangers_is_kept_by_language(world: World):
    world.post("ann" if world.person("ann") else "", "Cats", "Words.")
    english, german = world.visitor().get("/"), world.visitor().get("/", headers=GERMAN)
    assert "0 Kommentare" in page(german).text
    assert "0 comments" in page(english).text


def test_a_part_with_a_version_has_another_in_another_language(world: World):
    world.person("ann")
    path = f"/posts/{world.post('ann')}/thread"
    english = world.visitor().get(path, headers=PARTIAL)
    tag = {"If-None-Match": english.headers["ETag"]}
    assert world.visitor().get(path, headers=PARTIAL | tag).status_code == 304
    assert world.visitor().get(path, headers=PARTIAL | tag | GERMAN).status_code == 200


def test_counts_of_new_posts_have_another_version_in_another_language(world: World):
    world.person("ann")
    world.post("ann")
    english = world.visitor().get("/live/new?since=", headers=PARTIAL).headers["HX-PTag"]
    assert world.visitor().get("/live/new?since=", headers=PARTIAL | GERMAN).headers["HX-PTag"] != english


def test_one_and_many(world: World):
    ann, bob = world.person("ann"), world.person("bob")
    thing = world.post("ann")
    world.comment("bob", thing)
    assert "1 Kommentar " in page(bob.get(f"/posts/{thing}", headers=GERMAN)).text
    world.comment("bob", thing)
    assert "2 Kommentare" in page(ann.get(f"/posts/{thing}", headers=GERMAN)).text


def test_numbers_are_written_as_the_language_does(world: World):
    with world.app.test_request_context(headers=GERMAN):
        assert i18n.number(1_234_567) == "1.234.567"
    with world.app.test_request_context():
        assert i18n.number(1_234_567) == "1,234,567"


def test_a_refusal_with_values_is_told_in_the_language_and_by_the_label(world: World):
    answer = world.person("ann").client.post("/posts/new", headers=GERMAN)
    assert answer.status_code == 400  # a form without its token
    ann = world.logged_in("ann")
    fields = ann.fields("/posts/new") | {"title": "x" * 301, "url": "nowhere"}
    text = page(ann.client.post("/posts/new", data=fields, headers=GERMAN)).text
    assert "Titel: Das sind 301 Zeichen; höchstens 300 sind möglich." in text
    assert "Link: Gib eine ganze Adresse an" in text


def test_values_in_messages_are_escaped(world: World):
    ann = world.person("ann")
    thing = world.post("ann", "<b>%(x)s & 100%</b>")
    html = ann.get(f"/posts/{thing}/edit", headers=GERMAN).get_data(as_text=True)
    assert "„&lt;b&gt;%(x)s &amp; 100%&lt;/b&gt;“ bearbeiten" in html


def test_programs_are_answered_in_english(world: World):
    world.person("ann")
    thing = world.post("ann", "Title", "![](https://example.org/a.png)")
    feed = world.visitor().get(f"/posts/{thing}.atom", headers=GERMAN).get_data(as_text=True)
    assert ">image<" in feed.replace("&gt;", ">").replace("&lt;", "<")
    problem = world.visitor().get("/api/v1/posts/none", headers=GERMAN)
    assert problem.json is not None
    assert problem.json["title"] == "No such address"


def test_a_sentence_is_text_until_somebody_asks_for_another_language():
    said = Sentence("%(field)s has %(count)s.", field="Body", count=1_000)
    assert (said, said.template, said.values["count"]) == ("Body has 1,000.", "%(field)s has %(count)s.", 1_000)
    refused = Invalid({"body": said})
    assert type(refused.sentence) is str
    assert type(refused.fields["body"]) is str


def test_outside_of_a_request_english_is_spoken(world: World):
    with world.app.app_context():
        assert i18n.current() == "en"
        g.pop("language")

"""The pages in another language: nothing is left in English, and who asks for what gets what."""

import re

import pytest
from flask import g

from domain.errors import Invalid, Sentence
from tests.webapp.conftest import World
from tests.webapp.html_pages import page
from tests.webapp.site.i18n_world import GERMAN, PARTIAL
from webapp.site import i18n


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


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", r"[A-Z][a-z]{2} \d{1,2}, 20\d\d, \d{1,2}:\d\d\s[AP]M UTC"), ("de", r"\d\d\.\d\d\.20\d\d, \d\d:\d\d UTC")],
)
def test_dates_are_written_out_in_the_readers_language_before_any_script_runs(world: World, language: str, text: str):
    world.person("ann")
    post = world.post("ann")
    for path in ("/", f"/posts/{post}", f"/posts/{post}/history"):
        answer = world.visitor().get(path, headers={"Accept-Language": language}).get_data(as_text=True)
        times = re.findall(r"<time [^>]*>([^<]*)</time>", answer)
        assert times
        assert [one for one in times if not re.fullmatch(text, one)] == []


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

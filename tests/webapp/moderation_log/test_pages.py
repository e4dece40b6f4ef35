"""/log: what staff did, for everybody, without scripts, in both languages, and with nothing of what was removed."""

import re
from html import unescape

import pytest

from domain import comment, leaving, post
from domain.moderation import suspension
from tests.webapp.conftest import Visitor, World

GERMAN = {"Accept-Language": "de"}


@pytest.fixture
def story(world: World) -> dict[str, str]:
    """A post, a comment and an account that a moderator did something to."""
    world.person("ada")
    world.person("mod", "moderator")
    id = world.post("ada", "Quibblewort", "Snorklebeam.")
    note = world.comment("ada", id, "Snorklebeam, too.")
    world.given(post.LockPost(post=id, reason="Too <hot>"), "mod")
    world.given(comment.RemoveComment(comment=note, reason="Rude"), "mod")
    world.given(post.RemovePost(post=id, reason="Spam"), "mod")
    world.given(suspension.SuspendAccount(handle="ada", reason="Again"), "mod")
    return {"post": id, "comment": note}


def activities(visitor: Visitor, path: str) -> list[str]:
    answer = visitor.get(path)
    assert answer.status_code == 200
    found = re.findall(r'<span class="activity">(.*?)</span>\s*(?:<span|<time)', answer.text, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]*>", "", one)).split()) for one in found]


def test_a_stranger_reads_who_did_what_to_what_and_why(world: World, story: dict[str, str]) -> None:
    page = world.visitor().see("/log").text
    assert activities(world.visitor(), "/log")[:4] == [
        "mod suspended @ada",
        "mod removed a post",
        "mod removed a comment",
        "mod locked the thread of a post",
    ]
    html = world.visitor().get("/log").text
    assert f'<a class="strong" href="/posts/{story["post"]}">a post</a>' in html
    assert f'<a class="strong" href="/comments/{story["comment"]}">a comment</a>' in html
    assert '<a class="strong" href="/@ada">@ada</a>' in html
    assert "Too &lt;hot&gt;" in html
    assert [page.index(reason) for reason in ("Again", "Spam", "Rude", "Too")] == sorted(
        page.index(reason) for reason in ("Again", "Spam", "Rude", "Too")
    )


def test_nothing_of_what_was_removed_is_in_it(world: World, story: dict[str, str]) -> None:
    for path in ("/log", "/log.atom", "/api/v1/log"):
        answer = world.visitor().get(path)
        assert answer.status_code == 200
        assert "uibblewort" not in answer.text
        assert "norklebeam" not in answer.text


def test_it_is_in_german_for_whoever_reads_that(world: World, story: dict[str, str]) -> None:
    html = world.visitor().get("/log", headers=GERMAN).text
    assert '<html lang="de">' in html
    assert "hat" in html
    assert f'href="/posts/{story["post"]}"' in html


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("kind=PostRemoved", ["mod removed a post"]),
        ("kind=PostRemoved&subject=account", []),
        ("subject=comment", ["mod removed a comment"]),
        ("moderator=%40Mod&subject=account", ["mod suspended @ada"]),
        ("moderator=mod&kind=PostLocked&subject=&from=&to=", ["mod locked the thread of a post"]),
        ("moderator=nobody", []),
        ("to=2000-01-01", []),
    ],
)
def test_filters_are_parameters_of_the_address(
    world: World, story: dict[str, str], query: str, said: list[str]
) -> None:
    assert activities(world.visitor(), f"/log?{query}") == said
    if not said:
        assert "Nothing in the log is like that." in world.visitor().see(f"/log?{query}").text


def test_the_form_shows_what_is_asked_for(world: World, story: dict[str, str]) -> None:
    html = world.visitor().get("/log?kind=PostRemoved&moderator=mod&from=2020-01-01&subject=post").text
    assert '<option value="PostRemoved" selected>Post removed</option>' in html
    assert '<option value="post" selected>Posts</option>' in html
    assert 'value="mod"' in html
    assert 'type="date" dir="auto" value="2020-01-01"' in html
    query = "?kind=PostRemoved&amp;moderator=mod&amp;subject=post&amp;from=2020-01-01"
    for path in ("/log", "/log.atom", "/api/v1/log"):
        assert f'href="{path}{query}"' in html
        assert world.visitor().get(unescape(path + query)).status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("kind=PasswordSet", 422),
        ("kind=%00", 422),
        ("subject=like", 422),
        ("from=yesterday", 422),
        ("from=2026-02-30", 422),
        ("from=2026-01-02&to=2026-01-01", 422),
        ("after=x", 400),
        ("moderator=%00", 200),
        ("moderator=%FF", 400),
        ("moderator=%F0%9F%99%82<script>alert(1)</script>", 200),
        ("moderator=" + "m" * 3000, 200),
        ("nothing=known", 200),
    ],
)
def test_wrong_input_is_refused_in_a_sentence(world: World, query: str, status: int) -> None:
    for path in ("/log", "/log.atom"):
        answer = world.visitor().get(f"{path}?{query}")
        assert answer.status_code == (200 if path == "/log.atom" and query == "after=x" else status)
        assert "<script>alert" not in answer.text
    assert world.visitor().get("/log?moderator=mod&after=x").status_code == 400


def test_older_ones_are_a_link_and_for_htmx_a_part(world: World) -> None:
    world.person("ada")
    world.person("mod", "moderator")
    id = world.post("ada")
    for _ in range(16):
        world.given(post.LockPost(post=id), "mod")
        world.given(post.UnlockPost(post=id), "mod")
    visitor, seen, address = world.visitor(), 0, "/log?moderator=mod"
    while address:
        answer = visitor.get(address)
        seen += len(activities(visitor, address))
        found = re.search(r'rel="next" href="([^"]+)"', answer.text)
        address = unescape(found[1]) if found else ""
        if found:
            assert "moderator=mod" in address
            part = visitor.get(address, headers={"HX-Request": "true", "HX-Request-Type": "partial"}).text
            assert "<html" not in part
            assert part.lstrip().startswith("<li")
    assert seen == 32


def test_a_cursor_of_other_filters_is_refused(world: World) -> None:
    world.person("ada")
    world.person("mod", "moderator")
    id = world.post("ada")
    for _ in range(16):
        world.given(post.LockPost(post=id), "mod")
        world.given(post.UnlockPost(post=id), "mod")
    found = re.search(r'rel="next" href="([^"]+)"', world.visitor().get("/log?moderator=mod").text)
    assert found
    address = unescape(found[1])
    assert world.visitor().get(address).status_code == 200
    assert world.visitor().get(address.replace("moderator=mod", "moderator=ada")).status_code == 400


def test_an_erased_reason_is_said_to_be(world: World, story: dict[str, str]) -> None:
    world.person("root", "admin")
    world.given(post.ErasePost(post=story["post"], reason="Asked to"), "root")
    page = world.visitor().see("/log?subject=post").text
    assert "Spam" not in page
    assert "Too <hot>" not in page
    assert page.count("The reason was erased for good.") == 2
    assert "root erased every text of a post for good" in activities(world.visitor(), "/log?kind=PostErased")


def test_who_has_to_leave_is_not_told_while_they_may_come_back(world: World) -> None:
    world.person("ada")
    world.person("root", "admin")
    until = "2099-01-01T00:00:00.000000Z"
    world.given(leaving.Leave(handle="ada", words="keep", until=until, reason="Sold"), "root")
    for path in ("/log", "/log?kind=ClosureOrdered", "/log.atom", "/api/v1/log"):
        text = world.visitor().get(path).text
        assert "Sold" not in text
        assert "began to close" not in text
        assert '"ClosureOrdered","subject"' not in text
    assert "began to close" in world.logged_in("root").see("/moderation?show=log").text


def test_strangers_get_it_from_memory_and_a_new_act_at_once(world: World, story: dict[str, str]) -> None:
    visitor = world.visitor()
    for path in ("/log", "/log?subject=account", "/log.atom"):
        answer = visitor.get(path)
        assert answer.headers["Cache-Control"].startswith("public")
        etag = answer.headers["ETag"]
        assert visitor.get(path, headers={"If-None-Match": etag}).status_code == 304
        world.given(suspension.ReinstateAccount(handle="ada"), "mod")
        world.given(suspension.SuspendAccount(handle="ada", reason="Once more"), "mod")
        assert "Once more" in visitor.get(path, headers={"If-None-Match": etag}).text
    assert "public" not in world.logged_in("ada").get("/log").headers["Cache-Control"]


def test_every_page_leads_to_it(world: World) -> None:
    assert '<a href="/log">Public log</a>' in world.visitor().get("/").text
    assert "No moderator has done anything yet." in world.visitor().see("/log").text

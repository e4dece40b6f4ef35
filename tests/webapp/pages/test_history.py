"""The history of posts and comments, as people see it."""

import re
from typing import Any

import pytest
from msgspec.structs import replace

from domain import comment, post
from webapp.pages import history
from webapp.pages.history import VERSIONS_PER_PAGE


def test_every_version_says_who_and_what_changed(world: Any) -> None:
    world.person("ada")
    id = world.post("ada", "A title", "one two three")
    world.given(post.EditPost(post=id, version=1, title="A title", body="one 2 three"), "ada")
    page = world.visitor().see(f"/posts/{id}/history")
    assert page.text.index("ada edited this post") < page.text.index("ada published this post")
    html = world.visitor().get(f"/posts/{id}/history").text
    assert '<del><span class="visually-hidden">removed: </span>two<' in html
    assert '<ins><span class="visually-hidden">added: </span>2<' in html


def test_a_link_that_is_older_than_the_rule_is_shown_without_what_turns_it() -> None:
    old = replace(history._NO_VERSION, title="t", body="b", url="https://x.test/\u202egnp.exe")
    assert history._step([old], 0).url == "https://x.test/%E2%80%AEgnp.exe"
    assert history._step([old, replace(old, title="u")], 1).url is None


def test_words_are_shown_as_words(world: Any) -> None:
    world.person("ada")
    id = world.post("ada", "<b>bold</b>", "<script>alert(1)</script>")
    html = world.visitor().get(f"/posts/{id}/history").text
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html


def test_a_removed_posts_history_is_for_its_author_and_moderators(world: Any) -> None:
    ada, mod, eve = world.person("ada"), world.person("mod", "moderator"), world.person("eve")
    id = world.post("ada")
    note = world.comment("eve", id)
    world.given(post.RemovePost(post=id, reason="Spam"), "mod")
    for path in (f"/posts/{id}/history", f"/comments/{note}/history"):
        assert [who.get(path).status_code for who in (ada, mod, eve, world.visitor())] == [200, 200, 410, 410]


def test_a_removed_comments_history_is_for_its_author_and_moderators(world: Any) -> None:
    ada, mod, eve = world.person("ada"), world.person("mod", "moderator"), world.person("eve")
    note = world.comment("eve", world.post("ada"), "first")
    world.given(comment.EditComment(comment=note, version=1, body="second"), "eve")
    assert "second" in world.visitor().see(f"/comments/{note}/history").text
    world.given(comment.RemoveComment(comment=note), "eve")
    seen = [who.get(f"/comments/{note}/history").status_code for who in (ada, mod, eve, world.visitor())]
    assert seen == [410, 200, 200, 410]


@pytest.mark.parametrize("kind", ["posts", "comments"])
def test_erased_words_are_gone_and_said_to_be(world: Any, kind: str) -> None:
    world.person("ada")
    admin = world.person("root", "admin")
    id = world.post("ada", "Unspeakable title", "Unspeakable words")
    if kind == "comments":
        id = world.comment("ada", id, "Unspeakable words")
    path = f"/{kind}/{id}/history"
    answer = admin.send(path, f"{path}/erase", reason="A court said so")
    assert (answer.status_code, answer.location) == (303, path)
    page = admin.see(path)
    assert "Unspeakable words" not in page.text
    assert "erased for good" in page.text
    assert "A court said so" in page.text
    assert "Erase for good …" not in page.text


def test_reasons_go_with_the_words_and_a_new_one_offers_to_erase_again(world: Any) -> None:
    world.person("ada")
    world.person("mod", "moderator")
    admin = world.person("root", "admin")
    id = world.post("ada")
    path = f"/posts/{id}/history"
    for _ in range(2):
        world.given(post.RemovePost(post=id, reason="Unspeakable reason"), "mod")
        assert "Unspeakable reason" in admin.see(path).text
        assert "Erase for good …" in admin.see(path).text
        admin.send(path, f"{path}/erase", reason="A court said so")
        for page in (path, f"/posts/{id}", "/moderation", "/moderation?show=posts"):
            assert "Unspeakable reason" not in admin.see(page).text, page
        assert "Erase for good …" not in admin.see(path).text
        world.given(post.RestorePost(post=id), "mod")


def test_only_admins_are_offered_to_erase_and_may(world: Any) -> None:
    world.person("ada")
    mod = world.person("mod", "moderator")
    id = world.post("ada")
    path = f"/posts/{id}/history"
    assert "Erase for good" not in mod.see(path).text
    token = mod.fields("/posts/new")["csrf_token"]
    assert mod.post(f"{path}/erase", {"csrf_token": token, "reason": "x"}).status_code == 403
    assert world.visitor().get(f"{path}/erase").status_code == 303


def test_an_erasure_without_a_reason_comes_back(world: Any) -> None:
    world.person("ada")
    admin = world.person("root", "admin")
    path = f"/posts/{world.post('ada')}/history"
    answer = admin.send(path, f"{path}/erase")
    assert answer.status_code == 422
    assert "Reason can't be empty." in " ".join(answer.text.replace("&#39;", "'").split())
    assert '<details class="disclosure" open' in answer.text


def test_a_long_history_comes_in_pages(world: Any) -> None:
    world.person("ada")
    id = world.post("ada", body="text 1")
    for version in range(1, VERSIONS_PER_PAGE + 3):
        world.given(post.EditPost(post=id, version=version, title="A title", body=f"text {version + 1}"), "ada")
    first = world.visitor().get(f"/posts/{id}/history").text
    assert first.count("<li id=") == VERSIONS_PER_PAGE
    assert 'href="?before=4"' in first
    second = world.visitor().get(f"/posts/{id}/history?before=4").text
    assert second.count("<li id=") == 3
    assert "Older" not in second


@pytest.mark.parametrize("before", ["x", "-1", "1" * 50, "², "])
def test_a_broken_page_is_a_bad_request(world: Any, before: str) -> None:
    world.person("ada")
    assert world.visitor().get(f"/posts/{world.post('ada')}/history?before={before}").status_code == 400


@pytest.mark.parametrize("path", ["/posts/{}/history", "/comments/{}/history", "/posts/x/history"])
def test_what_never_was_has_no_history(world: Any, path: str) -> None:
    assert world.visitor().get(path.format("01890000-0000-7000-8000-000000000000")).status_code == 404


def test_a_page_of_large_changes_ends_early_and_the_next_one_goes_on(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MAX_DIFF_CHARS", 1_000)
    world.person("ada")
    id = world.post("ada", body="before " * 100)
    for version in range(1, 6):
        world.given(post.EditPost(post=id, version=version, title="A title", body=f"version{version} " * 100), "ada")
    address, pages = f"/posts/{id}/history", []
    while address:
        html = world.visitor().get(address).text
        pages.append([int(found) for found in re.findall(r'<li id="v(\d+)"', html)])
        older = re.search(r'rel="next" href="([^"]+)"', html)
        address = f"/posts/{id}/history{older[1]}" if older else ""
    assert pages == [[6], [5], [4], [3], [2], [1]]


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_link_to_it_names_the_version_that_brought_the_words(world: Any, language: str) -> None:
    """What comes after an edit is no edit: removing, restoring, locking and pinning a post, or its comment."""
    ann, mod = world.person("ann"), world.person("mod", "moderator")
    id = world.post("ann", "First")
    note = world.comment("ann", id)
    world.given(post.EditPost(post=id, version=1, title="Second", body="Words."), "ann")
    world.given(comment.EditComment(comment=note, version=1, body="Other words."), "ann")
    for command in (post.RemovePost(post=id), post.RestorePost(post=id)):
        world.given(command, "ann")
    for command in (post.LockPost(post=id), post.UnlockPost(post=id), post.PinPost(post=id, reason="News")):
        world.given(command, "mod")
    for command in (comment.RemoveComment(comment=note), comment.RestoreComment(comment=note)):
        world.given(command, "ann")
    for visitor in (ann, mod, world.visitor()):
        for path, edits in (("/", 1), (f"/posts/{id}", 2), ("/@ann", 1), ("/@ann?show=comments", 1)):
            html = visitor.get(path, headers={"Accept-Language": language}).text
            assert html.count('aria-hidden="true">v2</span>') == edits, path
            assert ">v4<" not in html
            assert ">v7<" not in html

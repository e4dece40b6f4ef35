"""The moderators' page."""

from typing import Any

import pytest

from domain import comment, post
from domain.moderation import suspension
from operational import backup_runs
from operational.backup_runs import BackupRun


@pytest.fixture
def mod(world: Any) -> Any:
    world.person("ada")
    return world.person("mod", "moderator")


def test_it_is_for_moderators_only(world: Any, mod: Any) -> None:
    ada = world.logged_in("ada")
    for show in ("", "?show=posts", "?show=comments", "?show=site"):
        assert mod.get(f"/moderation{show}").status_code == 200
        assert ada.get(f"/moderation{show}").status_code == 403
        assert world.visitor().get(f"/moderation{show}").status_code == 403


def test_the_log_says_who_did_what_to_whom_and_why(world: Any, mod: Any) -> None:
    id = world.post("ada", "A title")
    world.given(post.LockPost(post=id, reason="Too hot"), "mod")
    world.given(suspension.SuspendAccount(handle="ada", reason="Spam"), "mod")
    page = mod.see("/moderation?show=log")
    assert "mod locked the thread of a post" in page.text
    assert "mod suspended @ada" in page.text
    assert "Too hot" in page.text
    assert page.text.index("suspended") < page.text.index("locked")


def test_removed_posts_can_be_restored_from_here(world: Any, mod: Any) -> None:
    id = world.post("ada", "A sad title")
    world.given(post.RemovePost(post=id, reason="Spam"), "mod")
    page = mod.see("/moderation?show=posts")
    assert "A sad title" in page.text
    assert "Removed by mod. Reason: Spam" in page.text
    assert mod.send("/moderation?show=posts", f"/posts/{id}/restore").status_code == 303
    assert "No post is removed." in mod.see("/moderation?show=posts").text


def test_removed_comments_can_be_restored_from_here(world: Any, mod: Any) -> None:
    note = world.comment("ada", world.post("ada"), "Sad words")
    world.given(comment.RemoveComment(comment=note, reason="Rude"), "mod")
    page = mod.see("/moderation?show=comments")
    assert "Sad words" in page.text
    assert "Removed by mod. Reason: Rude" in page.text
    assert mod.send("/moderation?show=comments", f"/comments/{note}/restore").status_code == 303
    assert "No comment is removed." in mod.see("/moderation?show=comments").text


def test_an_admin_sees_how_the_site_is(world: Any, mod: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = world.person("root", "admin")
    assert "Nothing is parked" in admin.see("/moderation?show=site").text
    assert "Parked streams" not in mod.see("/moderation?show=site").text
    assert "none yet" in admin.see("/moderation?show=site").text
    run = BackupRun(kind="rehearsal", at="2026-01-02T03:04:05.000000Z", position=7, milliseconds=1500)
    backup_runs.record(world.generations.control, run)
    assert "Jan 2" in admin.see("/moderation?show=site").text.partition("Last rehearsal")[2]
    letter = {"stream": "post-1", "version": 2, "error": "KeyError: 'x'"}
    status = world.generations.status() | {"dead_letters": [letter]}
    monkeypatch.setattr(world.generations, "status", lambda: status)
    page = admin.see("/moderation?show=site")
    assert "post-1 from version 2" in page.text
    assert "KeyError: 'x'" in page.text


def test_a_broken_page_is_a_bad_request(mod: Any) -> None:
    assert mod.get("/moderation?after=x").status_code == 400
    assert mod.get("/moderation?show=nothing").status_code == 200

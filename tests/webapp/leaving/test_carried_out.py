"""From the form to the receipt: once the time is over what was chosen is erased, and the pages say so."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event

import pytest

from leaving.eraser import Eraser
from readmodel.generations.lag import LagMeter
from tests.webapp.conftest import World
from tests.webapp.html_pages import page
from tests.webapp.leaving.steps import PAGE, PASSWORD, log_in, registered
from tests.webapp.leaving.test_choices import CHOOSE, choose


@pytest.fixture
def world(build: Callable[..., World]) -> World:
    """Nobody has time to come back."""
    return build(leave_after=timedelta())


def carry_out(world: World) -> None:
    meter = LagMeter(world.store, world.generations.connect, lambda _key, _partitions: 0)
    Eraser(world.generations, world.store, world.bus, meter).look(Event())


def test_what_was_chosen_is_erased_and_the_receipt_names_each_commit(world: World):
    ann, root = registered(world, "ann"), world.person("root", "admin")
    kept, erased = world.post("ann", "Kept words", "Of ann"), world.post("ann", "Erased words", "Gone for good")
    said = world.comment("root", kept, "As @ann says.")
    choose(ann, f"{CHOOSE}?words=keep", [f"post-{erased}"])
    receipt = ann.send(PAGE, password=PASSWORD).headers["Location"]
    name = f"gone-{world.id('ann')[-4:]}"
    carry_out(world)
    seen = world.visitor().see(receipt)
    assert "It was erased at" in seen.text
    assert "Posts 1" in seen.text
    assert "Handles 1" in seen.text
    commits = world.visitor().get(f"/api/v1{receipt}").json["commits"]
    assert len(commits) == 3
    assert all(commit in seen.text for commit in commits)
    assert "Kept words" in world.visitor().see(f"/posts/{kept}").text
    assert name in world.visitor().see(f"/posts/{kept}").text
    assert "As @ann says." in world.visitor().see(f"/comments/{said}").text
    assert "Gone for good" not in root.see(f"/posts/{erased}").text
    assert world.visitor().get("/@ann").status_code == 404
    assert log_in(world, "ann")[1].status_code == 422
    assert world.visitor().get("/@ann/leave").status_code in (303, 404)
    assert root.get("/@ann/leave").status_code == 404
    assert "Nobody is leaving." in root.see("/moderation/leaving").text
    for path in ("/", f"/posts/{kept}/history", "/moderation", "/people?q=ann", "/search?q=words"):
        assert root.get(path).status_code == 200


def test_the_handle_is_free_once_an_admin_says_so(world: World):
    registered(world, "ann").send(PAGE, password=PASSWORD)
    root = world.person("root", "admin")
    carry_out(world)
    refused = world.visitor().send("/register", handle="ann", password=PASSWORD)
    assert refused.status_code == 409
    assert root.send("/moderation/leaving", handle="ann").status_code == 303
    assert world.visitor().send("/register", handle="ann", password=PASSWORD).status_code == 303
    assert world.visitor().get("/@ann").status_code == 200


def test_before_it_is_erased_nobody_comes_back_either(world: World):
    registered(world, "ann").send(PAGE, password=PASSWORD)
    _, answer = log_in(world, "ann")
    assert answer.status_code == 409
    assert "this account is being closed" in page(answer).text
    carry_out(world)
    assert log_in(world, "ann")[1].status_code == 422


def test_everything_is_erased_where_that_was_chosen(world: World):
    ann = registered(world, "ann")
    post = world.post("ann", "Words", "Of ann")
    comment = world.comment("ann", post, "More of ann")
    receipt = ann.send(PAGE, password=PASSWORD, words="erase").headers["Location"]
    carry_out(world)
    assert "Comments 1" in world.visitor().see(receipt).text
    for path in (f"/posts/{post}", f"/posts/{post}/history", f"/comments/{comment}"):
        seen = world.visitor().get(path, follow_redirects=True).text
        assert "of ann" not in seen.casefold()

"""Liking and changing what no list shows yet: it is stored, so it is said to be stored."""

import pytest

from tests.webapp.conftest import Visitor, World
from webapp.site.commands import CATCHING_UP


@pytest.fixture
def ada(world: World) -> Visitor:
    """Logged in, in front of a post; the lists stand still from then on."""
    ada = world.person("ada")
    world.post("ada")
    world.bus.lags = True
    return ada


def fields(world: World, ada: Visitor) -> dict[str, str]:
    """Those of the only like form that can be seen."""
    (shown,) = [one for one in ada.see("/").forms if one.action.endswith("/like")]
    return dict(shown.fields)


@pytest.mark.parametrize("htmx", [False, True])
def test_a_like_of_a_new_comment(world: World, ada: Visitor, htmx: bool) -> None:
    comment = world.comment("ada", world.post("ada"))
    _said(world, ada, f"/comments/{comment}/like", htmx)
    assert world.bus.aggregates().like(f"comment-{comment}", world.id("ada")).liked


@pytest.mark.parametrize("htmx", [False, True])
def test_a_like_of_a_new_post(world: World, ada: Visitor, htmx: bool) -> None:
    post = world.post("ada")
    _said(world, ada, f"/posts/{post}/like", htmx)
    assert world.bus.aggregates().like(f"post-{post}", world.id("ada")).liked


@pytest.mark.parametrize("htmx", [False, True])
def test_an_edit_of_a_new_comment(world: World, ada: Visitor, htmx: bool) -> None:
    comment = world.comment("ada", world.post("ada"))
    _said(world, ada, f"/comments/{comment}/edit", htmx, body="Better said.", version="1", reason="")
    assert world.bus.aggregates().comment(comment).body == "Better said."


def _said(world: World, ada: Visitor, action: str, htmx: bool, **more: str) -> None:
    answer = ada.post(action, fields(world, ada) | more, htmx=htmx)
    if htmx:
        assert (answer.status_code, answer.headers["HX-Retarget"]) == (200, "#status")
        assert CATCHING_UP in answer.text
        return
    assert answer.status_code == 303
    after = ada.get(answer.location)
    assert after.status_code == 202
    world.bus.catch_up()
    assert CATCHING_UP in ada.see(answer.location).text or CATCHING_UP in after.text

"""Every act of the catalogue with a form: its button, its outcome, its undo, and where it is told, in each language."""

from typing import Any

import pytest
from flask_babel import gettext

from domain.catalogue import ACTS
from domain.catalogue.act import Act, Undo
from tests.webapp.conftest import Visitor, World
from tests.webapp.html_pages import page

WITH_BUTTONS = [act for act in ACTS if act.form and isinstance(act.undo, Undo)]
EACH = pytest.mark.parametrize("act", WITH_BUTTONS, ids=[act.event.type for act in WITH_BUTTONS])


class Scene:
    """A thing of ann's in the state that lets the act change it; mod is a moderator, bob is nobody."""

    def __init__(self, world: World, act: Act) -> None:
        assert isinstance(act.undo, Undo)
        self.world, self.act, self.opposite = world, act, act.undo
        self.ann, self.bob, self.mod = world.person("ann"), world.person("bob"), world.person("mod", "moderator")
        self.post = world.post("ann", "A title")
        self.id = self.post if act.subject == "post" else world.comment("ann", self.post)
        if not act.to:
            world.given(self.command(act.undo.command), "mod")
        self.page, self.thing = f"/posts/{self.post}", f"/{act.subject}s/{self.id}"
        self.action = f"{self.thing}/{act.verb}"

    def command(self, kind: Any) -> Any:
        return kind(**{self.act.subject: self.id, "reason": "Because"})

    @property
    def state(self) -> Any:
        return getattr(getattr(self.world.bus.aggregates(), self.act.subject)(self.id), self.act.changes)


@EACH
def test_its_button_is_shown_to_those_who_may_while_it_would_change_something(world: World, act: Act) -> None:
    scene = Scene(world, act)

    def buttons(visitor: Visitor) -> list[str]:
        return [name for form in visitor.see(scene.page).forms if form.action == scene.action for name in form.buttons]

    assert act.form
    assert buttons(scene.mod) == [act.form.button]
    if act.subject == "comment" or act.to:
        assert buttons(scene.bob) == buttons(world.visitor()) == []
    stranger = world.visitor()
    assert act.badge is None or act.badge not in stranger.see("/").text
    world.given(scene.command(act.command), "mod")
    assert buttons(scene.mod) == []
    assert act.badge is None or act.badge in stranger.see("/").text


@EACH
def test_a_moderator_does_it_with_a_reason_and_takes_it_back(world: World, act: Act) -> None:
    scene = Scene(world, act)
    form_page = scene.action if act.form and act.form.reason else scene.page
    assert scene.mod.send(form_page, scene.action, reason="Because").status_code == 303
    assert scene.state is act.to
    offered = scene.mod.see(scene.page)
    assert scene.opposite.done in offered.text
    assert scene.mod.post(f"{scene.thing}/undo", offered.form(f"{scene.thing}/undo").fields).status_code == 303
    assert scene.state is not act.to


@EACH
def test_others_are_refused_and_nothing_is_stored(world: World, act: Act) -> None:
    scene = Scene(world, act)
    token = {"csrf_token": scene.bob.fields("/settings")["csrf_token"], "reason": "Because"}
    before = world.head()
    assert scene.bob.post(scene.action, token).status_code == 403
    assert scene.bob.get(scene.action).status_code >= 400
    assert world.head() == before


@EACH
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_history_the_log_and_its_owner_tell_of_it(world: World, act: Act, language: str) -> None:
    scene = Scene(world, act)
    world.given(scene.command(act.command), "mod")
    asks, told = {"Accept-Language": language}, act.told
    assert told is not None
    with world.app.test_request_context(headers=asks):
        said = [gettext(one) for one in (told.history or "", told.log, told.owner or "")]
    assert (language == "en") is (said == [told.history, told.log, told.owner])
    history, log, owner = (one % {"who": "mod", "thing": "A title"} for one in said)
    assert history in page(scene.mod.get(f"{scene.thing}/history", headers=asks)).text
    assert log.replace("[", "").replace("]", "") in page(scene.mod.get("/moderation?show=log", headers=asks)).text
    assert owner in page(scene.ann.get("/notifications", headers=asks)).text
    assert "Because" in page(scene.mod.get(f"{scene.thing}/history", headers=asks)).text

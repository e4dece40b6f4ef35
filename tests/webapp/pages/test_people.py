"""Looking people up, on a page and as options for a mention."""

import pytest

from domain.account import EditProfile
from tests.webapp.conftest import World
from tests.webapp.html_pages import page

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def test_a_page_lists_them_and_works_without_javascript(world: World) -> None:
    world.person("anna")
    world.given(EditProfile(handle="anna", name="Anna <b>", bio=""), "anna")
    answer = world.visitor().get("/people?q=@Ann")
    assert 'href="/@anna"' in answer.text
    assert "Anna &lt;b&gt;" in answer.text


def test_for_a_mention_come_options_alone(world: World) -> None:
    world.person("anna")
    part = world.visitor().get("/people?q=an", headers=HTMX).text
    assert part.strip().startswith('<li role="option" id="mention-anna" data-handle="anna"')
    assert world.visitor().get("/people?q=zz", headers=HTMX).text.strip() == ""


@pytest.mark.parametrize("q", ["", "%00", "%25", "x" * 5_000, "<script>", "'"])
def test_anything_typed_is_answered(world: World, q: str) -> None:
    answer = world.visitor().get(f"/people?q={q}")
    assert answer.status_code == 200
    assert "handle or name begins" in page(answer).text


@pytest.mark.parametrize(("language", "label"), [("en", "Handle or name"), ("de", "Nutzername oder Name")])
def test_they_are_found_by_their_name_on_the_page_and_for_a_mention(world: World, language: str, label: str) -> None:
    world.person("kit")
    world.given(EditProfile(handle="kit", name="Ánna Müller", bio=""), "kit")
    answer = world.visitor().get("/people?q=anna+mull", headers={"Accept-Language": language})
    assert page(answer).labels["people-q"] == label
    assert 'href="/@kit"' in answer.text
    assert 'data-handle="kit"' in world.visitor().get("/people?q=mull", headers=HTMX).text

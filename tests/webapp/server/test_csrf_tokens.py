"""CSRF tokens: one session's look different in every answer, and all of them are good."""

from collections.abc import Callable

import pytest

from domain.ids import uuid7
from tests.webapp.conftest import Visitor, World
from tests.webapp.html_pages import page


@pytest.fixture
def ann(world: World) -> Visitor:
    return world.person("ann")


def token(visitor: Visitor) -> str:
    return visitor.fields("/settings", "/logout")["csrf_token"]


def test_no_two_answers_have_a_part_of_a_token_in_common(ann: Visitor) -> None:
    tokens = [token(ann) for _ in range(20)]
    parts = [token[at : at + 8] for token in tokens for at in range(len(token) - 8)]
    assert len(set(parts)) == len(parts)


def test_forms_of_one_page_share_theirs(world: World, ann: Visitor) -> None:
    world.post("ann")
    forms = [form.fields["csrf_token"] for form in ann.see("/").forms if "csrf_token" in form.fields]
    assert len(forms) > 1
    assert len(set(forms)) == 1


def test_an_older_token_is_good_and_in_a_header_too(ann: Visitor) -> None:
    first, second = token(ann), token(ann)
    for headers, fields in (({}, {"csrf_token": first}), ({"X-CSRFToken": second}, {})):
        assert ann.client.post("/preview", data={"body": "x"} | fields, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "spoil", [lambda t: "", lambda t: t[:-8], lambda t: "A" * len(t), lambda t: "ä" + t, lambda t: t[::-1]]
)
def test_a_token_that_was_tampered_with_is_none(ann: Visitor, spoil: Callable[[str], str]) -> None:
    assert ann.client.post("/preview", data={"body": "x", "csrf_token": spoil(token(ann))}).status_code == 400


def test_somebody_elses_token_is_none(world: World, ann: Visitor) -> None:
    assert world.person("bob").client.post("/preview", data={"body": "x", "csrf_token": token(ann)}).status_code == 400


@pytest.mark.parametrize(
    ("language", "done", "kept"),
    [
        ("en", "so nothing was done", "Your text is kept; send it again"),
        ("de", "es ist nichts geschehen", "Dein Text ist noch da; sende ihn"),
    ],
)
def test_a_button_that_is_pressed_too_late_hears_of_no_text(
    world: World, ann: Visitor, language: str, done: str, kept: str
) -> None:
    post = world.post("ann")
    headers = {"Accept-Language": language}
    liked = ann.client.post(f"/posts/{post}/like", data={"command_id": uuid7(), "next": "/"}, headers=headers)
    said = ann.client.post(f"/posts/{post}/comments", data={"body": "Words"}, headers=headers)
    assert (liked.status_code, said.status_code) == (400, 400)
    assert done in page(liked).text
    assert kept not in page(liked).text
    assert kept in page(said).text

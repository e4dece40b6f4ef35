"""Tokens on the settings page: made with the password, shown once, used, listed and taken back."""

from typing import Any

import pytest

from tests.webapp.api.conftest import PASSWORD, Api, Program
from tests.webapp.conftest import Visitor
from tests.webapp.html_pages import page

WANTED = {"label": "My bot", "current_password": PASSWORD}


@pytest.fixture
def ada(api: Api) -> Visitor:
    api.stranger().post("/accounts", {"handle": "ada", "password": PASSWORD})
    return api.world.logged_in("ada")


def made(answer: Any) -> str:
    return answer.get_data(as_text=True).partition('id="made-token">')[2].partition("<")[0]


def test_a_token_is_made_shown_once_used_and_taken_back(api: Api, ada: Visitor):
    assert "/settings/tokens" in ada.get("/settings").get_data(as_text=True)
    answer = ada.send("/settings/tokens", **WANTED)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    bot = Program(api.world.app.test_client(), made(answer))
    assert bot.post("/posts", {"title": "t", "body": "b"}).status_code == 201
    seen = ada.see("/settings/tokens")
    assert "My bot" in seen.text
    assert "May read, write" in seen.text
    assert "last used" in seen.text
    assert bot.token not in ada.get("/settings/tokens").get_data(as_text=True)
    (action,) = [form.action for form in seen.forms if form.action.endswith("/revoke")]
    assert ada.send("/settings/tokens", action).status_code == 303
    assert bot.get("/posts").status_code == 401
    assert "My bot" not in ada.see("/settings/tokens").text


def test_sent_twice_it_is_one_token(ada: Visitor):
    fields = ada.fields("/settings/tokens") | WANTED
    first, second = (made(ada.post("/settings/tokens", fields)) for _ in range(2))
    assert first == second != ""


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"current_password": "something else"}, "This is not your password"),
        ({"label": "x" * 81}, "80 is the most"),
        ({"days": "9999"}, "Choose when it ends"),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_kept(ada: Visitor, fields: dict, sentence: str):
    answer = ada.send("/settings/tokens", **(WANTED | fields))
    assert answer.status_code == 422
    assert sentence in page(answer).text
    assert made(answer) == ""


def test_a_token_does_something(ada: Visitor):
    fields = ada.fields("/settings/tokens") | WANTED
    fields = {name: value for name, value in fields.items() if not name.startswith("scope_")}
    answer = ada.post("/settings/tokens", fields)
    assert answer.status_code == 422
    assert "Choose at least one thing" in page(answer).text

"""When something breaks on our side: the page that says so needs nothing that may be broken too."""

import time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from readmodel.engine.engines import generation_file
from readmodel.generations.generations import POINTER_CACHE_S
from tests.webapp.conftest import World
from webapp import create_app


@pytest.fixture
def app(world: World) -> Flask:
    """An application of its own, since tests that break one would break all that share it."""
    app = create_app(world.site)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    world.app = app
    return app


def fail(error: Exception) -> Any:
    def failing(*_: Any, **__: Any) -> Any:
        raise error

    return failing


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_page_that_broke_says_so_without_the_layout(world: World, app: Flask, language: str) -> None:
    """Whatever the masthead asks for may be what is broken."""
    app.view_functions["feed.index"] = fail(RuntimeError("a fault"))
    app.jinja_env.globals["unread"] = fail(RuntimeError("the layout's own fault"))
    answer = world.person("ada").get("/", headers={"Accept-Language": language})
    assert answer.status_code == 500
    assert f'<html lang="{language}">' in answer.text
    assert ("Something broke on our side." if language == "en" else "Bei uns ist etwas kaputtgegangen.") in answer.text
    assert "a fault" not in answer.text
    assert "<main" in answer.text


def test_a_template_that_broke_is_a_page_that_broke(world: World, app: Flask) -> None:
    app.jinja_env.globals["unread"] = fail(RuntimeError("the layout's own fault"))
    answer = world.person("ada").get("/")
    assert answer.status_code == 500
    assert "Something broke on our side." in answer.text


def test_without_the_read_model_the_text_still_comes_back(
    world: World, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = world.person("ada")
    fields = ada.fields("/posts/new") | {"title": "A title", "body": "Typed with care."}
    monkeypatch.setattr(type(world.generations), "connect", fail(OperationalError("select", {}, Exception("away"))))
    name, _ = app.url_map.bind("localhost").match("/posts/new", method="POST")
    app.view_functions[name] = fail(RuntimeError("a fault"))
    answer = ada.post("/posts/new", fields)
    assert answer.status_code in (500, 503)
    assert "Typed with care." in answer.text
    assert "Try again" in answer.text


def test_while_the_tables_are_gone_and_a_fresh_generation_is_filled_pages_answer_503(world: World, app: Flask) -> None:
    ada = world.person("ada")
    world.post("ada", "One", "words")
    generation_file(world.generations.control, world.generations.live().number).unlink()
    time.sleep(POINTER_CACHE_S)
    for path in ("/", "/search?q=words", "/api/v1/posts"):
        answer = ada.get(path)
        assert answer.status_code == 503, path
    ready = ada.get("/readyz")
    assert ready.status_code == 503
    assert "are gone, and no other is whole" in ready.json["problem"]
    assert ada.get("/healthz").status_code == 200


def test_a_page_says_that_older_things_may_be_missing_while_a_generation_is_outdated(world: World) -> None:
    ada = world.person("ada")
    world.post("ada", "One", "words")
    said = "may lack older things"
    assert said not in ada.get("/search?q=words").text
    with world.generations.control.begin() as connection:
        connection.execute(text("UPDATE generations SET models = NULL"))
    time.sleep(POINTER_CACHE_S)
    for path in ("/", "/search?q=other", "/notifications"):
        assert said in ada.get(path).text, path

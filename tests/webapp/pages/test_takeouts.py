"""A takeout on the settings pages, without JavaScript: requested once, watched, fetched by its owner alone."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import update

from domain.ids import from_now
from domain.moderation.suspension import SuspendAccount
from operational import takeouts
from operational.tables import takeouts as table
from retention import DEFAULT, Retention
from takeout.maker import TakeoutMaker
from tests.webapp.conftest import Visitor, World

PAGE = "/settings/export"


def make(world: World) -> None:
    while TakeoutMaker(world.generations, world.store, "https://site.example").look(Event()):
        pass


def link(visitor: Visitor) -> str:
    found = re.search(rf'href="({PAGE}/[0-9a-f-]+/file)"', visitor.get(PAGE).text)
    assert found
    return found[1]


def test_it_is_requested_made_and_fetched(world: World):
    ann = world.person("ann")
    world.post("ann", "Mine")
    assert "You have none now" in ann.see(PAGE).text
    assert ann.send(PAGE).status_code == 303
    assert "It is being made" in ann.see(PAGE).text
    make(world)
    assert "It is ready" in ann.see(PAGE).text
    answer = ann.get(link(ann))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/zip"
    assert re.fullmatch(
        r'attachment; filename="verbatim-ann-\d{4}-\d\d-\d\d\.zip"', answer.headers["Content-Disposition"]
    )
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.content_length == len(answer.data)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        assert "Mine" in archive.read("index.html").decode()


def test_pressed_twice_it_is_one(world: World):
    ann = world.person("ann")
    fields = ann.fields(PAGE)
    for _ in range(2):
        assert ann.post(PAGE, fields).status_code == 303
    first = takeouts.find(world.generations.control, world.id("ann"), DEFAULT.takeouts)
    make(world)
    ann.post(PAGE, fields)
    found = takeouts.find(world.generations.control, world.id("ann"), DEFAULT.takeouts)
    assert first is not None
    assert found is not None
    assert (found.id, found.state) == (first.id, "done")


def test_nobody_else_gets_it(world: World):
    ann, eve = world.person("ann"), world.person("eve", "moderator", "admin")
    ann.send(PAGE)
    make(world)
    address = link(ann)
    assert eve.get(address).status_code == 404
    eve.send(PAGE)
    make(world)
    assert eve.get(address).status_code == 404
    stranger = world.visitor().get(address)
    assert stranger.status_code in (302, 303, 401)
    assert b"PK" not in stranger.data[:4]


def test_whoever_has_logged_out_gets_nothing(world: World):
    ann = world.person("ann")
    ann.send(PAGE)
    make(world)
    address = link(ann)
    ann.send("/", "/logout")
    assert ann.get(address).mimetype != "application/zip"


def test_somebody_suspended_may_have_theirs(world: World):
    ann = world.person("ann")
    world.person("mod", "moderator")
    world.given(SuspendAccount(handle="ann", reason="Spam"), "mod")
    assert ann.send(PAGE).status_code == 303
    make(world)
    assert ann.get(link(ann)).mimetype == "application/zip"


def test_what_isnt_whole_is_never_served(world: World):
    ann = world.person("ann")
    ann.send(PAGE)
    found = takeouts.find(world.generations.control, world.id("ann"), DEFAULT.takeouts)
    assert found is not None
    assert ann.get(f"{PAGE}/{found.id}/file").status_code == 404


def test_after_a_week_it_is_gone(world: World):
    ann = world.person("ann")
    ann.send(PAGE)
    make(world)
    address = link(ann)
    with world.generations.control.begin() as connection:
        connection.execute(update(table).values(ended_at=from_now(-DEFAULT.takeouts)))
    assert ann.get(address).status_code == 404
    assert "You have none now" in ann.see(PAGE).text
    takeouts.prune(world.generations.control, DEFAULT.takeouts)
    with world.generations.control.connect() as connection:
        for name in ("takeouts", "takeout_files", "takeout_pieces"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() == 0


@pytest.mark.parametrize(("language", "said"), [("en", "kept for 2 hours"), ("de", "2 Stunden lang aufbewahrt")])
def test_how_long_it_is_kept_is_what_the_settings_say(build: Callable[..., World], language: str, said: str):
    world = build(retention=Retention(takeouts=timedelta(hours=2)))
    ann = world.person("ann")
    ann.client.set_cookie("language", language)
    ann.send(PAGE)
    make(world)
    assert said in ann.see(PAGE).text
    address = link(ann)
    with world.generations.control.begin() as connection:
        connection.execute(update(table).values(ended_at=from_now(timedelta(hours=-2))))
    assert ann.get(address).status_code == 404


def test_the_next_one_is_made_after_a_day(world: World):
    ann = world.person("ann")
    ann.send(PAGE)
    make(world)
    assert "Make a new one" not in ann.see(PAGE).text
    with world.generations.control.begin() as connection:
        connection.execute(update(table).values(ended_at=from_now(-takeouts.REQUEST_INTERVAL)))
    address = link(ann)
    ann.send(PAGE)
    assert "It is being made" in ann.see(PAGE).text
    assert ann.get(address).status_code == 404


def test_one_that_failed_says_so_and_goes_on(world: World):
    ann = world.person("ann")
    ann.send(PAGE)
    with world.generations.control.begin() as connection:
        connection.execute(
            update(table).values(state="failed", problem="space", ended_at=from_now(-takeouts.REQUEST_INTERVAL))
        )
    assert "There is no room for it here" in ann.see(PAGE).text
    ann.send(PAGE)
    make(world)
    assert "It is ready" in ann.see(PAGE).text


def test_htmx_gets_the_state_alone(world: World):
    ann = world.person("ann")
    ann.send(PAGE)
    headers = {"HX-Request": "true"}
    part = ann.get(PAGE, headers=headers).text
    assert "<html" not in part
    assert 'hx-trigger="every 2s"' in part
    make(world)
    part = ann.get(PAGE, headers=headers).text
    assert "every 2s" not in part
    assert 'hx-target="#status"' in part


def test_its_pages_are_in_the_language_in_which_it_was_requested(world: World):
    ann = world.person("ann")
    world.post("ann", "Mine")
    ann.client.set_cookie("language", "de")
    ann.send(PAGE)
    make(world)
    with zipfile.ZipFile(io.BytesIO(ann.get(link(ann)).data)) as archive:
        page = archive.read("index.html").decode()
    assert '<html lang="de">' in page
    assert "Beiträge und Kommentare" in page

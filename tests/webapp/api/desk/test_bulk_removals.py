"""Removing in bulk by the API."""

from threading import Event as Stop

from domain import ids
from eventstore.codec import EventCodec
from moderation.bulk_removal import BulkRemover
from readmodel.generations.lag import LagMeter
from tests.webapp.api.desk.conftest import Desk

ACCOUNT = "/moderation/accounts/ada"
CLAIM = "/moderation/cases/account-ada"


def work(desk: Desk) -> None:
    world = desk.world
    meter = LagMeter(world.store, world.generations.connect, lambda _key, _partitions: 0)
    remover = BulkRemover(world.generations, world.store, EventCodec(), world.bus, meter)
    for _ in range(4):
        world.bus.catch_up()
        remover.look(Stop())
    world.bus.catch_up()


def claim(desk: Desk) -> None:
    answer = desk.mo.post("/moderation/cases", {"target": "account-ada"})
    assert answer.status_code in (200, 201), answer.json


def test_a_program_previews_orders_watches_and_takes_back(desk: Desk):
    preview = desk.mo.get(f"{ACCOUNT}/writings").json
    assert (preview["posts"] >= 1, preview["items"][0]["id"]) == (True, desk.post)
    number = preview["posts"] + preview["comments"]
    assert desk.mo.post(f"{ACCOUNT}/bulk-removals", {"reason": "Spam"}).status_code == 409
    claim(desk)
    ordered = desk.mo.post(f"{ACCOUNT}/bulk-removals", {"reason": "Spam", "previewed": number})
    assert ordered.status_code == 201
    assert ordered.headers["Location"].endswith(f"/moderation/bulk-removals/{ordered.json['id']}")
    address = f"/moderation/bulk-removals/{ordered.json['id']}"
    assert desk.mo.get(address).json["state"] == "being carried out"
    work(desk)
    found = desk.mo.get(address).json
    assert (found["state"], found["removed"], found["removal_remaining"]) == ("carried out", number, 0)
    parts = desk.mo.get(f"{address}/parts?limit=1").json
    assert (len(parts["items"]), parts["items"][0]["restored"]) == (1, False)
    assert desk.mo.post(f"{address}/undo", {"reason": "A mistake"}).status_code == 200
    assert desk.mo.post(f"{address}/undo", {"reason": "A mistake"}).status_code == 409
    work(desk)
    found = desk.mia.get(address).json
    assert (found["state"], found["restored"], found["taken_back_reason"]) == ("taken back", number, "A mistake")


def test_bad_input_stores_nothing(desk: Desk):
    claim(desk)
    head = desk.world.head()
    for body in (
        {}, {"reason": ""}, {"reason": "r", "since": "yesterday"}, {"reason": "r", "since": "2999-01-01T00:00:00Z"},
        {"reason": "r", "previewed": -1},
        {"reason": "r", "since": "2020-02-01T00:00:00Z", "until": "2020-01-01T00:00:00Z"},
        {"reason": "r", "suspends": True, "suspended_until": "2020-01-01T00:00:00Z"},
    ):  # fmt: skip
        assert desk.mo.post(f"{ACCOUNT}/bulk-removals", body).status_code == 422, body
    assert desk.mo.get(f"{ACCOUNT}/writings?since=x").status_code == 422
    assert desk.mo.get(f"{ACCOUNT}/writings?after=x").status_code == 400
    for path in ("/moderation/accounts/nobody/writings", f"/moderation/bulk-removals/{ids.uuid7()}"):
        assert desk.mo.get(path).status_code == 404
    assert desk.mo.post(f"/moderation/bulk-removals/{ids.uuid7()}/undo", {"reason": "r"}).status_code == 404
    assert desk.world.head() == head


def test_it_is_for_moderators(desk: Desk):
    claim(desk)
    id = desk.mo.post(f"{ACCOUNT}/bulk-removals", {"reason": "Spam"}).json["id"]
    for program in (desk.eve, desk.ada):
        assert program.get(f"{ACCOUNT}/writings").status_code == 403
        assert program.get(f"/moderation/bulk-removals/{id}").status_code == 403
        assert program.post(f"{ACCOUNT}/bulk-removals", {"reason": "r"}).status_code == 403
        assert program.post(f"/moderation/bulk-removals/{id}/undo", {"reason": "r"}).status_code == 403

"""A takeout by calls: 202, its state, its file."""

import io
import zipfile
from threading import Event

from takeout.maker import TakeoutMaker
from tests.webapp.api.conftest import Api


def test_it_is_requested_watched_and_fetched(api: Api):
    ann = api.program("ann")
    ann.new_post()
    assert ann.get("/me/export").status_code == 404
    asked = ann.post("/me/export")
    assert asked.status_code == 202
    assert asked.headers["Location"] == "/api/v1/me/export"
    assert asked.json["state"] == "waiting"
    assert ann.post("/me/export").json["id"] == asked.json["id"]
    assert ann.get("/me/export/file").status_code == 404
    TakeoutMaker(api.world.generations, api.world.store, "https://site.example").look(Event())
    seen = ann.get("/me/export").json
    assert (seen["state"], seen["done"], seen["total"], seen["problem"]) == ("done", 1, 1, None)
    assert seen["expires_at"] > seen["ended_at"]
    answer = ann.get("/me/export/file")
    assert answer.headers["Cache-Control"] == "private, no-store"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
    assert api.program("eve").get("/me/export/file").status_code == 404


def test_a_token_for_reading_alone_sees_the_state_and_not_the_file(api: Api):
    api.program("ann").post("/me/export")
    reader = api.token("ann", scopes=["read"])
    assert reader.get("/me/export").status_code == 200
    assert reader.get("/me/export/file").status_code == 403
    assert reader.post("/me/export").status_code == 403

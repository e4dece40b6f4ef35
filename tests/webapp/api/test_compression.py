"""Long answers are compressed as the client takes them, those of the API and pages alike."""

import gzip
import json
from collections.abc import Callable

import brotli
import pytest

from tests.webapp.api.conftest import Api, Program
from tests.webapp.conftest import World


@pytest.fixture
def ada(api: Api) -> Program:
    return api.program("ada")


DECODERS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "br": brotli.decompress}


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("gzip, br", "br"),
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0.0, br; q=0", None),
        ("identity", None),
        ("", None),
    ],
)
def test_long_answers_are_compressed_as_the_client_takes_them(ada: Program, accepted: str, coding: str | None):
    post = ada.new_post(body="Some words. " * 200)
    answer = ada.get(f"/posts/{post}", Accept_Encoding=accepted)
    assert answer.headers.get("Content-Encoding") == coding
    assert "Accept-Encoding" in ", ".join(answer.headers.getlist("Vary"))
    assert answer.headers["ETag"] == ('W/"1"' if coding else '"1"')
    plain = DECODERS[coding](answer.data) if coding else answer.data
    assert json.loads(plain)["id"] == post
    assert answer.content_length == len(answer.data)
    assert ada.get(f"/posts/{post}", Accept_Encoding=accepted, If_None_Match=answer.headers["ETag"]).status_code == 304
    edited = ada.put(f"/posts/{post}", {"title": "n", "body": "n"}, If_Match=answer.headers["ETag"])
    assert edited.status_code == 200


def test_short_answers_and_streams_are_left_alone(ada: Program):
    assert "Content-Encoding" not in ada.get(f"/posts/{ada.new_post()}", Accept_Encoding="gzip").headers


@pytest.mark.parametrize("path", ["/login", "/static/css/site.css"])
def test_pages_and_files_hear_q_0_as_well(world: World, path: str):
    client = world.app.test_client()
    assert "Content-Encoding" not in client.get(path, headers={"Accept-Encoding": "br;q=0, gzip;q=0"}).headers
    assert client.get(path, headers={"Accept-Encoding": "br;q=0, gzip"}).headers["Content-Encoding"] == "gzip"

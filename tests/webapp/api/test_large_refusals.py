"""A refusal is no larger than it has to be, and a body comes as it is."""

import gzip

import pytest

from tests.webapp.api.conftest import Api


def test_many_unknown_names_have_a_short_answer(api: Api) -> None:
    refused = api.stranger().post("/tokens", {f"n{n}": 0 for n in range(70_000)})
    assert refused.status_code == 422
    assert len(refused.data) < 4_000


@pytest.mark.parametrize("coding", ["gzip", "br", "identity"])
def test_a_coded_body_is_refused(api: Api, coding: str) -> None:
    body = gzip.compress(b'{"handle": "mira", "password": "correct horse battery"}')
    refused = api.world.app.test_client().post(
        "/api/v1/tokens", data=body, headers={"Content-Type": "application/json", "Content-Encoding": coding}
    )
    assert (refused.status_code, refused.json["type"]) == (415, "/api/problems/wrong-media-type")


def test_browsers_are_told_what_no_page_needs(api: Api) -> None:
    page = api.world.visitor().get("/").headers
    assert "camera=()" in page["Permissions-Policy"]
    for path in ("/", "/api/v1/posts", "/feed.atom"):
        assert api.world.visitor().get(path).headers["Cross-Origin-Resource-Policy"] == "same-origin"

"""Pages and API are two applications: which address is whose, and what neither takes from the other."""

import base64

import pytest

from tests.webapp.conftest import World

PROBLEM, HTML = "application/problem+json", "text/html"


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/nowhere", HTML), ("/apiary", HTML), ("/api/v1/docs/nowhere", HTML),
        ("/api", PROBLEM), ("/api/", PROBLEM), ("/api/v2/posts", PROBLEM), ("/api/v1/nowhere", PROBLEM),
        ("/api/v1/posts/", PROBLEM), ("/api/problems/nonsense", PROBLEM),
    ],
)  # fmt: skip
def test_an_unknown_address_is_answered_by_whose_it_would_be(world: World, path: str, media_type: str) -> None:
    answer = world.visitor().get(path)
    assert (answer.status_code, answer.mimetype) == (404, media_type)


def test_a_problem_names_the_whole_path(world: World) -> None:
    assert world.visitor().get("/api/v1/nowhere").json["instance"] == "/api/v1/nowhere"


def test_the_page_of_the_api_is_a_page_whose_links_lead_to_pages(world: World) -> None:
    own = world.person("ann").get("/api/v1/docs").text
    assert 'href="/@ann"' in own
    assert "/api/v1/docs/" not in own
    assert 'href="/login' in world.visitor().get("/api/v1/docs").text


def test_the_api_neither_reads_nor_sets_cookies(world: World) -> None:
    ann = world.person("ann")
    assert ann.get("/settings").status_code == 200
    asked = ann.get("/api/v1/tokens")
    assert asked.status_code == 401
    assert "Set-Cookie" not in asked.headers
    assert "Cookie" not in asked.headers["Vary"]


@pytest.mark.parametrize("path", ["/", "/api/v1/posts"])
def test_a_cursor_of_an_earlier_version_leads_to_the_first_page(world: World, path: str) -> None:
    earlier = base64.urlsafe_b64encode(b'["2026-11-01T00:00:00Z","0190"]' + b"16 bytes of MAC.").rstrip(b"=").decode()
    answer = world.visitor().get(f"{path}?after={earlier}")
    assert answer.status_code == 400
    assert "Start at its first page." in answer.text

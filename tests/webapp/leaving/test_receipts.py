"""The receipt: for whoever has its address, without a name, paged, and kept by no cache."""

import pytest

from domain import ids
from domain.leaving import Leave
from operational import departures
from operational.departures import Departure
from readmodel.engine.connections import changing
from tests.webapp.conftest import World


@pytest.fixture
def row(world: World) -> Departure:
    world.person("ann")
    account, until = world.id("ann"), "2099-01-01T00:00:00.000000Z"
    world.given(Leave(handle=account, words="keep", until=until), account)
    return departures.open_for(world.generations.control, account, until)


def test_anybody_with_the_address_sees_it_and_no_cache_or_search_engine_keeps_it(world: World, row: Departure):
    answer = world.visitor().get(f"/receipts/{row.id}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in answer.text
    assert f'href="/api/v1/receipts/{row.id}"' in answer.text
    assert row.account not in answer.text
    assert "@ann" not in answer.text


def test_it_follows_the_erasing(world: World, row: Departure):
    commits = [ids.uuid7() for _ in range(departures.COMMITS_AT_ONCE + 1)]
    with changing(world.generations.control) as connection:
        erased = dict.fromkeys(commits, "posts") | {commits[0]: "new kind"}
        row = departures.save(connection, row, erased, state="erasing")
    seen = world.visitor().see(f"/receipts/{row.id}").text
    assert "It is being erased." in seen
    assert f"Posts {departures.COMMITS_AT_ONCE}" in seen
    assert "new kind 1" in seen
    assert commits[0] in seen
    assert commits[-1] not in seen
    further = f"/receipts/{row.id}?after={departures.COMMITS_AT_ONCE}"
    assert f'href="{further}"' in world.visitor().get(f"/receipts/{row.id}").text
    assert commits[-1] in world.visitor().see(further).text
    with changing(world.generations.control) as connection:
        departures.save(connection, row, state="done", ended_at=ids.now())
    assert "It was erased at" in world.visitor().see(f"/receipts/{row.id}").text


@pytest.mark.parametrize("after", ["", "-1", "x", "99999999999999999999", "1e3", "%00"])
def test_any_place_in_the_list_is_answered(world: World, row: Departure, after: str):
    assert world.visitor().get(f"/receipts/{row.id}?after={after}").status_code == 200


def test_an_address_that_is_none_is_not_found(world: World):
    for id in (ids.uuid7(), "nonsense"):
        assert world.visitor().get(f"/receipts/{id}").status_code == 404

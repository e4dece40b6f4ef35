"""What the API is measured against makes the same checks: it refuses what the API refuses, and stores the rest once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from eventstore.sqlite.store import SqliteEventStore
from tools.bench import api_floors
from webapp.server.rate_counters import Counts, Limit

POST, GONE, NONE = (f"0192a3b4-c5d6-7890-8abc-def01234567{number}" for number in range(3))
TOKEN = "0192a3b4-c5d6-7890-8abc-def012345679.secret"
FINE = f"Bearer {TOKEN}"


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[api_floors.Rows]:
    found = api_floors.Rows(tmp_path / "floor.db")
    found.fill(TOKEN, "ada", [POST, GONE])
    found.execute("UPDATE posts SET removed = 1 WHERE id = ?", (GONE,))
    yield found
    found.close()


def client(rows: api_floors.Rows, insert: api_floors.Insert, amount: int = 100) -> FlaskClient:
    return api_floors.likes(rows, insert, Counts(None, "test"), Limit(amount, 60)).test_client()


def put(program: FlaskClient, post: str = POST, query: str = "wait=none", token: str = FINE, **more: str) -> Any:
    return program.put(f"/api/v1/posts/{post}/like?{query}", headers={"Authorization": token, **more})


WRONG = [
    ("no token", {"token": ""}, 401),
    ("another secret", {"token": f"{FINE}!"}, 401),
    ("no such token", {"token": "Bearer x.secret"}, 401),
    ("another scheme", {"token": f"Basic {TOKEN}"}, 401),
    ("a parameter twice", {"query": "wait=none&wait=none"}, 400),
    ("a parameter that is none", {"query": "wait=ever"}, 422),
    ("an unknown parameter", {"query": "weight=none"}, 422),
    ("no such post", {"post": NONE}, 404),
    ("a removed post", {"post": GONE}, 410),
]


@pytest.mark.parametrize(("given", "status"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_what_the_api_refuses_is_refused(rows: api_floors.Rows, given: dict[str, str], status: int) -> None:
    assert put(client(rows, api_floors.bare(rows)), **given).status_code == status
    assert rows.execute("SELECT count(*) FROM commits").fetchone() == (0,)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("UPDATE tokens SET revoked = 1", 401),
        ("UPDATE tokens SET expires_at = '2001'", 401),
        ("UPDATE tokens SET scopes = 'read'", 403),
        ("UPDATE accounts SET suspended = 1", 403),
    ],
)
def test_who_may_not_is_refused(rows: api_floors.Rows, change: str, status: int) -> None:
    rows.execute(change)
    assert put(client(rows, api_floors.bare(rows))).status_code == status


def test_the_limits_count(rows: api_floors.Rows) -> None:
    program = client(rows, api_floors.bare(rows), amount=1)
    assert [put(program).status_code for _ in range(2)] == [200, 429]


def test_a_like_is_stored_once(rows: api_floors.Rows) -> None:
    program = client(rows, api_floors.bare(rows))
    for _ in range(2):
        assert put(program).json == {"id": POST, "version": 1, "liked": True}
    assert rows.execute("SELECT stream, first FROM commits").fetchall() == [(f"like-post-{POST}-ada", 1)]


def test_or_by_our_store(rows: api_floors.Rows, tmp_path: Path) -> None:
    store = SqliteEventStore(tmp_path / "events.db")
    assert put(client(rows, api_floors.by_our_store(store))).status_code == 200
    assert [commit.stream for commit in store.read(0, 10)] == [f"like-post-{POST}-ada"]
    store.close()

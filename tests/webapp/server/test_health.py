"""What an operator and a load balancer ask."""

import json
import logging
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError, SQLAlchemyError

import logs
from domain import post
from domain.errors import Unavailable
from operational import backup_runs
from operational.backup_runs import BackupRun
from readmodel.generations import store_match
from webapp.server.logs import add_request_id

HOME = Path(__file__).resolve().parents[3]


def test_healthz_asks_nothing(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("head", "load", "read"):
        monkeypatch.setattr(world.store, name, None)
    monkeypatch.setattr(world.generations, "status", None)
    monkeypatch.setattr(world.sessions, "find", None)
    answer = world.visitor().get("/healthz")
    assert (answer.status_code, answer.mimetype, answer.text) == (200, "text/plain", "ok\n")


def test_readyz_says_how_far_the_lists_are(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world.person("ada")
    monkeypatch.setattr(world.bus, "catch_up", lambda: None)
    world.post("ada")
    answer = world.visitor().get("/readyz")
    assert answer.status_code == 200
    found: dict[str, Any] = dict(answer.json or {})
    (partition,) = found.pop("partitions")
    seconds = found.pop("lag_seconds")
    assert 0 <= found.pop("moderation_lag_seconds") < 60
    assert found == {
        "ready": True, "problem": "", "position": 2, "checkpoint": 1, "lag": 1, "unsequenced": 0, "dead_letters": 0,
        "moderation_lag": 2, "moderation_set_aside": 0,
    }  # fmt: skip
    assert 0 <= seconds < 60
    assert partition == {"partition": 0, "commits": 1, "seconds": pytest.approx(seconds, abs=0.01)}


def test_a_store_that_cant_be_read_is_named(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def down() -> None:
        raise Unavailable("disk I/O error.")

    monkeypatch.setattr(world.store, "head", down)
    answer = world.visitor().get("/readyz")
    assert answer.status_code == 503
    assert answer.json["problem"] == "The event store can't be read: disk I/O error."
    assert answer.json["checkpoint"] == 0


def test_a_read_model_that_cant_be_read_is_named(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def down() -> None:
        raise OperationalError("SELECT", {}, Exception("no such table"))

    monkeypatch.setattr(world.generations, "status", down)
    answer = world.visitor().get("/readyz")
    assert answer.status_code == 503
    assert "The read model can't be read: OperationalError." in answer.json["problem"]
    assert answer.json["position"] == 0


def test_metrics_count_requests_commands_and_waits(world: Any) -> None:
    ada = world.person("ada")
    post = world.post("ada")
    before = _metrics(world)
    ada.send(f"/posts/{post}", f"/posts/{post}/like")
    ada.post("/posts/new", ada.fields("/posts/new"))
    after = _metrics(world)

    def rose(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert rose('verbatim_commands_total{command="Like",outcome="accepted"}') == 1
    assert rose('verbatim_commands_total{command="NewPost",outcome="refused: Invalid"}') == 1
    assert rose('verbatim_requests_total{endpoint="likes.like_post",status="303"}') == 1
    assert rose('verbatim_request_seconds_count{endpoint="likes.like_post"}') == 1
    assert rose('verbatim_waits_total{outcome="shown"}') == 1
    assert after["verbatim_lag"] == after["verbatim_position"] - after["verbatim_checkpoint"]
    assert after["verbatim_position"] == world.head()[0]
    assert after["verbatim_ready"] == 1
    assert after["verbatim_moderation_lag"] == world.head()[0]


def test_workers_of_one_site_are_added_up(tmp_path: Path) -> None:
    """The client library decides at import, so each worker here is a process."""
    worker = (
        "from webapp.server import metrics; metrics.WAITS.labels('shown').inc(); print(metrics.exposed({}).decode())"
    )
    for _ in range(2):
        run = subprocess.run(
            [sys.executable, "-c", worker],
            cwd=HOME,
            env={"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        )
    assert 'verbatim_waits_total{outcome="shown"} 2.0' in run.stdout


def test_an_answer_carries_the_requests_id(world: Any) -> None:
    given = world.visitor().get("/", headers={"X-Request-ID": "proxy-12345678"})
    assert given.headers["X-Request-ID"] == "proxy-12345678"
    made = world.visitor().get("/", headers={"X-Request-ID": "no\tgood"})
    assert len(made.headers["X-Request-ID"]) == 36


def test_a_stored_commit_names_the_request(world: Any) -> None:
    ada = world.person("ada")
    fields = ada.fields("/posts/new") | {"title": "A title", "body": "Words"}
    answer = ada.client.post("/posts/new", data=fields, headers={"X-Request-ID": "proxy-12345678"})
    assert answer.status_code == 303
    assert world.store.read(world.head()[0] - 1, 1)[0].correlation_id == sha256(b"proxy-12345678").hexdigest()


@pytest.fixture
def configured() -> Iterator[Callable[[str], None]]:
    root, web = logging.getLogger(), logging.getLogger("verbatim.web")
    handlers, levels = root.handlers[:], (root.level, web.level)
    yield lambda log_format: logs.configure(log_format, [add_request_id])
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    web.setLevel(levels[1])


def test_a_request_is_one_line_of_json(
    world: Any, configured: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    configured("json")
    world.visitor().get("/?tag=secret", headers={"X-Request-ID": "proxy-12345678"})
    world.visitor().get("/healthz")
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert said["event"] == "request"
    assert (said["method"], said["path"], said["status"]) == ("GET", "/", 200)
    assert said["request_id"] == "proxy-12345678"
    assert "secret" not in line


def test_whatever_else_a_request_has_logged_names_it(
    world: Any, configured: Callable[[str], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    configured("json")

    def broken() -> None:
        raise SQLAlchemyError("away")

    monkeypatch.setitem(world.app.view_functions, "feed.index", broken)
    assert world.visitor().get("/", headers={"X-Request-ID": "proxy-12345678"}).status_code == 503
    logging.getLogger("verbatim.web").warning("outside of a request")
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line.get("request_id") for line in said] == ["proxy-12345678", "proxy-12345678", None]


def test_the_same_in_text(world: Any, configured: Callable[[str], None], capsys: pytest.CaptureFixture[str]) -> None:
    configured("text")
    world.visitor().get("/")
    said = capsys.readouterr().err
    assert "request" in said
    assert "status=200" in said


def test_metrics_say_when_backups_and_rehearsals_last_succeeded(world: Any) -> None:
    assert "verbatim_backup_timestamp_seconds" not in _metrics(world)
    for kind, at in (("backup", "2026-01-01T00:00:00.000000Z"), ("rehearsal", "2026-01-02T00:00:00.500000Z")):
        for position in (3, 7):
            run = BackupRun(kind=kind, at=at, position=position, milliseconds=1500)
            backup_runs.record(world.generations.control, run)
    found = _metrics(world)
    assert found["verbatim_backup_timestamp_seconds"] == 1_767_225_600
    assert found["verbatim_rehearsal_timestamp_seconds"] == 1_767_312_000.5


def _metrics(world: Any) -> dict[str, float]:
    text = world.visitor().get("/metrics").text
    pairs = (line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}


def put_back(world: Any) -> Any:
    """Copies the store; the function that it gives puts that back."""

    def copied(source: Path, target: Path) -> None:
        with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(target)) as here:
            there.backup(here)

    copied(world.folder / "events.db", world.folder / "backup.db")
    return lambda: copied(world.folder / "backup.db", world.folder / "events.db")


@pytest.mark.parametrize("grown", [0, 8])
def test_readyz_says_that_the_lists_are_of_another_state_of_the_store(
    world: Any, monkeypatch: pytest.MonkeyPatch, grown: int
) -> None:
    ada = world.person("ada")
    restore = put_back(world)
    lost = [world.post("ada", f"Lost {number}") for number in range(5)]
    assert world.visitor().get("/readyz").status_code == 200
    restore()
    monkeypatch.setattr(world.bus, "catch_up", lambda: None)
    new = [world.post("ada", f"New {number}") for number in range(grown)]
    answer = world.visitor().get("/readyz")
    assert answer.status_code == 503
    assert "put back to an earlier state" in answer.json["problem"]
    assert answer.json["lag"] >= 0
    assert ada.client.get(f"/posts/{lost[0]}").status_code == 200, "pages go on showing what is there"
    assert all(ada.client.get(f"/posts/{id}").status_code == 404 for id in new)
    assert _metrics(world)["verbatim_ready"] == 0


def test_an_answer_doesnt_take_a_past_that_is_gone_for_what_it_waited_for(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lists show version 3 of a post, and the store has just taken version 2 of it."""
    monkeypatch.setattr(store_match, "MATCH_CACHE_S", 0.0)
    ada = world.person("ada")
    id = world.post("ada")
    restore = put_back(world)
    for version in (1, 2):
        world.given(post.EditPost(post=id, version=version, title=f"Lost {version}", body="b"), "ada")
    restore()
    monkeypatch.setattr(world.bus, "catch_up", lambda: None)
    edited = ada.send(f"/posts/{id}/edit", title="Anew", version="1")
    assert edited.status_code == 303
    page = ada.client.get(edited.headers["Location"]).text
    assert "catching up" in page

"""Each suite of the stack runs at a tiny size and prints its figures; where there is no stack, that is said plainly."""

import os
import re
import socket
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from pymongo import MongoClient

from eventstore.kafka.producer import place
from tests.servers import KAFKA_URL, MONGO_URL, required
from tools.bench import stack
from tools.bench.__main__ import GROUPS, main
from tools.bench.stack import servers
from tools.drill.servers import ServersUnavailable

RATIO = r"\d+\.\d\d \(\d+\.\d\d–\d+\.\d\d\)"


@pytest.fixture
def _servers(monkeypatch: pytest.MonkeyPatch) -> None:
    required(MONGO_URL, "MongoDB")
    required(KAFKA_URL, "Kafka")
    monkeypatch.setenv("MONGO_URL", MONGO_URL)
    monkeypatch.setenv("KAFKA_URL", KAFKA_URL)


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.usefixtures("_servers")
@pytest.mark.parametrize(
    ("suite", "figures"),
    [
        ("stack-append", [f"append / bare insert_one.*{RATIO}.*≥ 0.8"]),
        ("stack-decide", [r"stack: decision: comment .*× \d.*≤ × 1\.5"]),
        ("stack-relay", [f"relay / kafka-python.*{RATIO}.*≥ 0.4"]),
        ("stack-projector", [f"projector / embedded.*{RATIO}.*≥ 0.5"]),
        ("stack-visible", [r"command to visible.*p99 \d+\.\d ms.*× \d+\.\d\d.*< × 3"]),
    ],
)
def test_a_suite_prints_its_figures_and_leaves_nothing(
    suite: str, figures: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = _stored_names()

    main([suite, "--size", "40", "--folder", str(tmp_path)])

    printed = capsys.readouterr().out
    for figure in figures:
        assert re.search(figure, printed), printed
    assert not list(tmp_path.iterdir())
    assert not [name for name in _stored_names() - before if "bench_" in name]


def _stored_names() -> set[str]:
    """The names of databases and topics."""
    with (
        MongoClient(MONGO_URL) as client,
        KafkaAdminClient(bootstrap_servers=place(f"{KAFKA_URL}/x").servers) as admin,
    ):
        return {*client.list_database_names(), *admin.list_topics()}


def test_the_stacks_suites_are_those_of_the_promise() -> None:
    assert list(GROUPS["stack"]) == ["stack-append", "stack-decide", "stack-relay", "stack-projector", "stack-visible"]


def test_a_server_that_doesnt_listen_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("MONGO_URL", f"mongodb://127.0.0.1:{taken.getsockname()[1]}")
        monkeypatch.setenv("KAFKA_URL", "kafka://127.0.0.1:1")
        with pytest.raises(SystemExit, match="Nothing listens at MONGO_URL"):
            main(["stack-append", "--folder", str(tmp_path)])


def test_one_server_alone_is_not_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MONGO_URL", raising=False)
    monkeypatch.setenv("KAFKA_URL", "kafka://127.0.0.1:1")
    with pytest.raises(ServersUnavailable, match="Only KAFKA_URL is set"), servers(tmp_path):
        pass


def test_where_none_can_be_started_the_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is installed in an empty folder."""
    for name in stack.URL_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VERBATIM_SERVICES_DIR", str(tmp_path / "services"))
    with pytest.raises(SystemExit, match=r"no MongoDB and Kafka.*must be installed first"):
        main(["--stack", "--folder", str(tmp_path / "scratch")])
    assert not list((tmp_path / "scratch").iterdir())


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.usefixtures("_servers")
def test_servers_are_started_and_ended_where_none_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in stack.URL_VARIABLES:
        monkeypatch.delenv(name)
    try:
        with servers(tmp_path):
            urls = dict(os.environ)
            with MongoClient(urls["MONGO_URL"]) as client:
                assert client.admin.command("ping")["ok"] == 1
    except ServersUnavailable as reason:
        pytest.fail(str(reason))
    assert not list(tmp_path.iterdir())
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", int(urls["KAFKA_URL"].rpartition(":")[2])), 1)

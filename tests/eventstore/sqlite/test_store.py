"""The SQLite event store keeps the contract, also between processes, and after SIGKILL and erasure."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from domain.errors import Unavailable, VersionConflict
from eventstore.sqlite.store import SqliteEventStore
from tests.eventstore.contract import EventStoreContract
from tests.eventstore.contract_world import pages
from tests.eventstore.samples import bodies, commit, erased, published, text

ROOT = Path(__file__).parents[3]


class TestSqliteEventStore(EventStoreContract):
    @pytest.fixture
    def opened(self, tmp_path):
        return lambda: SqliteEventStore(tmp_path / "events.db")


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "data" / "events.db"


@pytest.fixture
def store(file):
    store = SqliteEventStore(file)
    yield store
    store.close()


def writer(file: Path, stream: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.eventstore.writer", str(file), stream, str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_the_first_position_and_the_journal_are_as_promised(store, file):
    assert store.append(commit("post-a", 1)).position == 1
    with store.file.reading() as connection:
        settings = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert settings == ["wal", 2]


@pytest.mark.slow
def test_processes_write_to_one_file_without_a_hole(store, file):
    writers = [writer(file, f"post-{at % 3}{at}", 40) for at in range(4)]
    acknowledged = [process.communicate()[0].split() for process in writers]
    assert [process.returncode for process in writers] == [0] * 4
    assert {id for ids in acknowledged for id in ids} == {stored.id for stored in pages(store)}
    store.check()
    assert store.head()[0] == 160


@pytest.mark.slow
def test_a_guess_about_the_end_that_another_process_outdated_is_mended(store, file):
    """An append guesses that nobody else wrote since its own last: the unique keys must say so when somebody did."""
    other = SqliteEventStore(file)
    turns = [store, other, other, store, store, other]
    appended = [one.append(commit(f"post-{turn}", 1)) for turn, one in enumerate(turns)]
    appended += [one.append(commit("post-0", 2 + turn)) for turn, one in enumerate(turns)]
    with pytest.raises(VersionConflict):
        other.append(commit("post-0", 2))
    assert [one.position for one in appended] == list(range(1, 13))
    assert store.read(0, 20) == appended
    store.check()
    other.close()


def test_sigkill_loses_nothing_that_was_acknowledged(store, file):
    acknowledged: list[str] = []
    for stop in (1, 7, 23, 40):
        process = writer(file, "post-a", 1_000_000)
        assert process.stdout is not None
        acknowledged += [process.stdout.readline().strip() for _ in range(stop)]
        os.kill(process.pid, signal.SIGKILL)
        acknowledged += process.stdout.read().split()
        process.stdout.close()
        assert process.wait() == -signal.SIGKILL
    stored = [found.id for found in store.load("post-a")]
    assert set(acknowledged) <= set(stored)
    assert len(stored) - len(acknowledged) <= 4, "at most one each was stored and not acknowledged in time"
    store.check()
    assert store.append(commit("post-a", len(stored) + 1)).position == len(stored) + 1


def test_erased_bytes_are_in_no_file_of_the_store(store, file):
    """Many sizes, so that pages are split, overflow and are merged again."""
    dice = random.Random(7)
    secrets = {f"post-{at}": f"SECRET{at:04}" for at in range(150)}
    for stream, secret in secrets.items():
        store.append(commit(stream, 1, published(f"{secret} " * dice.randint(1, 900), title=secret)))
        store.append(commit(stream, 2, text("kept")))
    streams = list(secrets)
    dice.shuffle(streams)
    for stream in streams:
        store.append(commit(stream, 3, erased(1)), erase=[1])
        assert secrets[stream].encode() not in on_disk(file), stream
    assert b"SECRET" not in on_disk(file)
    store.check()


def on_disk(file: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(file.parent.iterdir()))


def test_a_reader_in_the_way_doesnt_fail_an_erasure(store, file):
    store.append(commit("post-a", 1, published("SECRET")))
    reader = sqlite3.connect(file, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM commits").fetchone()
    with store.file.reading() as connection:
        connection.execute("PRAGMA busy_timeout = 10")
    store.append(commit("post-a", 2, erased(1)), erase=[1])
    assert bodies(store.load("post-a")) == [""]
    reader.close()
    store.append(commit("post-b", 1, published("other")))
    store.append(commit("post-b", 2, erased(1)), erase=[1])
    assert b"SECRET" not in on_disk(file)


def test_a_locked_store_is_unavailable_and_stores_nothing(store, file):
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with store.file.reading() as connection:
        connection.execute("PRAGMA busy_timeout = 10")
    with pytest.raises(Unavailable, match="Nothing was stored; try again"):
        store.append(commit("post-a", 1))
    other.execute("ROLLBACK")
    other.close()
    assert store.append(commit("post-a", 1)).position == 1


DISK_FULL = """
import resource, sys
from pathlib import Path
from domain.errors import Unavailable, VersionConflict
from eventstore.sqlite.store import SqliteEventStore
from tests.eventstore.samples import commit, published
file = Path(sys.argv[1])
store = SqliteEventStore(file)
store.append(commit("post-a", 1))
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (file.with_name(file.name + "-wal").stat().st_size + 9_000, most))
sizes = {"one": [commit("post-b", 1, published("b" * 40_000))], "many": [commit(f"post-{at}", 1) for at in range(99)]}
for size, commits in sizes.items():
    try:
        store.append_many(commits)
    except Unavailable as error:
        print(size, error)
assert store.head()[0] == 1 and not store.load("post-b"), store.head()
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
assert store.append(commit("post-b", 1, published("b" * 40_000))).position == 2
store.check()
store.close()
SqliteEventStore(file).check()
"""


@pytest.mark.slow
def test_a_full_disk_fails_the_command_and_corrupts_nothing(tmp_path):
    """A limit on the size of files stands for the full disk: the system refuses the write in the same place."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", DISK_FULL, str(tmp_path / "events.db")],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["one", "many"]
    assert done.stdout.count("Nothing was stored; try again") == 2

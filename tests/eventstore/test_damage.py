"""A store that isn't what was written is refused, and the refusal says what to do."""

import random
import sqlite3

import pytest

from domain.errors import Damaged, Unavailable
from eventstore.codec import EventCodec
from eventstore.sqlite import connection as sqlite_file
from eventstore.sqlite import store as sqlite
from eventstore.sqlite.store import SqliteEventStore
from tests.eventstore.samples import commit, erased, published

RECOVERY_ADVICE = "restore the newest backup or export"


@pytest.fixture
def file(tmp_path):
    """A closed store with some 80 pages."""
    file = tmp_path / "events.db"
    store = SqliteEventStore(file)
    store.append_many(
        [commit(f"post-{at}", 1, published(f"text {at} " * 100), command_id=f"a:{at}") for at in range(200)]
    )
    store.append(commit("post-7", 2, erased(1)), erase=[1])
    store.close()
    return file


def checked(file) -> int:
    store = SqliteEventStore(file)
    try:
        store.check()
        return store.head()[0]
    finally:
        store.close()


def change(file, statement: str, *parameters: object) -> None:
    connection = sqlite3.connect(file)
    with connection:
        assert connection.execute(statement, parameters).rowcount > 0
    connection.close()


def test_a_sound_store_passes(file):
    assert checked(file) == 201


def test_a_store_of_a_newer_version_is_refused(file):
    connection = sqlite3.connect(file)
    connection.execute(f"PRAGMA user_version = {sqlite_file.SCHEMA + 1}")
    connection.close()
    with pytest.raises(Damaged, match=r"newer Verbatim .* Run that version, or restore a backup"):
        SqliteEventStore(file)


@pytest.mark.parametrize(
    "content", [b"no database at all, " * 500, bytes(8_192), b"SQLite format 3\0" + b"\xff" * 8_000]
)
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path, content):
    file = tmp_path / "events.db"
    file.write_bytes(content)
    with pytest.raises(Damaged, match=RECOVERY_ADVICE):
        SqliteEventStore(file)
    assert file.read_bytes() == content


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(file, share):
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(Damaged, match=RECOVERY_ADVICE):
        checked(file)


def test_a_page_of_zeros_anywhere_is_found(file):
    content = file.read_bytes()
    for page in random.Random(3).sample(range(1, len(content) // 4096), 25):
        file.write_bytes(content[: page * 4096] + bytes(4096) + content[(page + 1) * 4096 :])
        with pytest.raises(Damaged, match=RECOVERY_ADVICE):
            checked(file)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("SET chain = '00'", "isn't what the chain was made over"),
        ("SET command_id = 'x'", "columns contradict"),
        ("SET stream = 'post-x'", "columns contradict"),
        ("SET first = 2", "columns contradict"),
        ("SET last = 2", "columns contradict"),
        ("SET document = x'7b7d'", "position 6: a stored commit is malformed"),
        ("SET document = x'ff'", "position 6: a stored commit is malformed"),
        ("SET position = 777", "position 6 is missing"),
    ],
)
def test_a_changed_column_is_found(file, where, found):
    change(file, f"UPDATE commits {where} WHERE position = 6")
    with pytest.raises(Damaged, match=found):
        checked(file)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("text 5", "text 6", r"version 1 \(PostPublished, commit .*\) differs from its digest"),
        ('"actor":"ada"', '"actor":"eve"', "isn't what the chain was made over"),
        ('"at":"2026', '"at":"2025', "isn't what the chain was made over"),
        ('"salt":', '"erased":true,"salt":', "is erased, but no event of the stream says so"),
        ('"first":', '"extra":1,"first":', "position 6: the document has something that no commit has"),
        ('"digest":', '"aside":"words","digest":', "position 6: the document has something that no commit has"),
        ('"digest":', '"erased":false,"digest":', "position 6: the document has something that no commit has"),
    ],
)
def test_a_changed_document_is_found(file, old, new, found):
    change(
        file,
        "UPDATE commits SET document = cast(replace(cast(document AS TEXT), ?, ?) AS BLOB) WHERE position = 6",
        old,
        new,
    )
    with pytest.raises(Damaged, match=found):
        checked(file)


@pytest.mark.parametrize(
    ("position", "found"), [(6, "position 6 is missing"), (201, "post-7 version 1 .* is erased, but no event")]
)
def test_a_missing_commit_is_found(file, position, found):
    change(file, "DELETE FROM commits WHERE position = ?", position)
    with pytest.raises(Damaged, match=found):
        checked(file)


def test_of_a_large_store_the_end_is_checked(file, monkeypatch):
    monkeypatch.setattr(sqlite, "FULL_CHECK_MAX_BYTES", 1)
    monkeypatch.setattr(sqlite, "STARTUP_CHECK_COMMITS", 50)
    change(file, "UPDATE commits SET chain = '00' WHERE position = 100")
    assert checked(file) == 201
    change(file, "UPDATE commits SET chain = '00' WHERE position = 170")
    with pytest.raises(Damaged, match="position 170"):
        checked(file)


def test_a_malformed_commit_keeps_its_place_on_reading_and_names_its_position_when_decoded(file):
    change(file, "UPDATE commits SET document = x'7b7d' WHERE position = 6")
    store = SqliteEventStore(file)
    commits = store.read(0, 10)
    assert [commit.position for commit in commits] == list(range(1, 11))
    with pytest.raises(Damaged, match=r"position 6: a stored commit is malformed .*actor"):
        EventCodec().decode(commits[5].events[0], commits[5])
    with pytest.raises(Damaged, match=r"position 6"):
        store.load(commits[5].stream)
    store.close()


def test_a_place_that_cant_be_written_is_unavailable(tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "events.db", tmp_path):
        with pytest.raises(Unavailable):
            SqliteEventStore(place)

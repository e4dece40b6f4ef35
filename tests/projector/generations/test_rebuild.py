"""A rebuild gives the same rows byte for byte, serves meanwhile, and can be taken back."""

from sqlalchemy import text

from projector.comparison import checksums
from projector.generation_fill import Progress
from readmodel.engine import progress
from readmodel.engine.progress import FILLED_FROM_STORE
from tests.projector.conftest import Backend


def _silent(_progress: Progress) -> None:
    return None


def test_a_rebuild_equals_the_live_read_model_byte_for_byte(busy: Backend) -> None:
    fresh, comparison = busy.rebuilder().fill(_silent)
    assert comparison is not None
    assert comparison.same
    assert sum(checksum.rows for checksum in comparison.fresh.values()) > 20
    assert fresh.position() == busy.store.head()[0]


def test_a_changed_row_is_found_and_named(busy: Backend) -> None:
    with busy.generations.live().write() as connection:
        connection.execute(text("UPDATE posts SET title = 'Forged' WHERE title = 'Two'"))
    _, comparison = busy.rebuilder().fill(_silent)
    assert comparison is not None
    assert not comparison.same
    (difference,) = comparison.differences
    assert difference.table == "posts"
    assert (difference.live or {})["title"] == "Forged"
    assert (difference.fresh or {})["title"] == "Two"


def test_the_old_generation_serves_until_the_switch_and_the_projector_follows(busy: Backend) -> None:
    before = busy.generations.live().number
    fresh, _ = busy.rebuilder().fill(_silent)
    busy.publish("While rebuilding")
    busy.project()
    assert busy.generations.live().number == before
    busy.rebuilder().switch(fresh)
    busy.publish("After the switch")
    busy.project()
    assert busy.generations.live().number == fresh.number
    assert _titles(busy) >= {"While rebuilding", "After the switch", "Two"}


def test_a_switch_is_taken_back_in_one_step_and_the_old_one_catches_up(busy: Backend) -> None:
    before = busy.generations.live().number
    fresh, _ = busy.rebuilder().fill(_silent)
    busy.rebuilder().switch(fresh)
    busy.publish("Later")
    busy.project()
    assert busy.rebuilder().switch_back() == before
    busy.project()
    assert busy.generations.live().number == before
    assert "Later" in _titles(busy)


def test_a_live_model_that_lags_is_compared_at_its_own_position(busy: Backend) -> None:
    busy.publish("Not projected yet")
    fresh, comparison = busy.rebuilder().fill(_silent)
    assert comparison is not None
    assert comparison.same
    assert comparison.position < fresh.position() == busy.store.head()[0]


def test_a_store_that_ends_before_the_live_model_is_rebuilt_as_it_is(busy: Backend, monkeypatch) -> None:
    """It was restored from an older backup."""
    end = busy.store.head()[0] - 3
    read, last = busy.store.read, busy.store.read(end - 1, 1)[0]
    monkeypatch.setattr(busy.store, "read", lambda after, limit: read(after, max(0, min(limit, end - after))))
    monkeypatch.setattr(busy.store, "head", lambda: (last.position, last.chain))
    fresh, comparison = busy.rebuilder().fill(_silent)
    assert comparison is not None
    assert not comparison.same
    with fresh.read() as connection:
        assert progress.offsets(connection)[FILLED_FROM_STORE][1] == end


def test_generations_older_than_the_previous_one_are_dropped(busy: Backend) -> None:
    for _ in range(3):
        fresh, _ = busy.rebuilder().fill(_silent)
        busy.rebuilder().switch(fresh)
    files = sorted(path.name for path in busy.folder.glob("read-*.db"))
    assert len(files) <= 3
    assert "read-1.db" not in files


def test_two_copies_of_the_same_rows_have_the_same_checksum_and_others_not(busy: Backend) -> None:
    with busy.generations.live().snapshot() as connection:
        first = checksums(connection)
    busy.publish()
    busy.project()
    with busy.generations.live().snapshot() as connection:
        second = checksums(connection)
    assert first != second
    assert first["accounts"] == second["accounts"]


def _titles(backend: Backend) -> set[str]:
    with backend.generations.connect() as connection:
        return set(connection.execute(text("SELECT title FROM posts")).scalars())

"""verify: what a database or its driver lost on the way in is seen, though every copy in it lost the same."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from domain import ids, post
from readmodel.generations import generation_table
from readmodel.generations.scratch import NoRoom, scratch
from tests.projector.conftest import Backend


@pytest.fixture
def lossy() -> Iterator[None]:
    """Files of SQLite take nothing but Latin-1, as SQL Server's driver does where it isn't told the types."""

    def cut(connection: Connection, _cursor: Any, sql: str, rows: Any, _context: Any, many: bool) -> tuple[str, Any]:
        if many and connection.engine.url.database:
            return sql, [tuple(map(_latin, row)) for row in rows]
        return sql, rows

    event.listen(Engine, "before_cursor_execute", cut, retval=True)
    yield
    event.remove(Engine, "before_cursor_execute", cut)


def _latin(value: Any) -> Any:
    return value.encode("latin-1", "replace").decode("latin-1") if isinstance(value, str) else value


def write(backend: Backend, *titles: str) -> None:
    backend.register("ann")
    for title in titles:
        backend.send(post.NewPost(post=ids.uuid7(), title=title, body="𠀀 🦉 﨎 #tag"))
    backend.project()


def test_verify_sees_what_every_copy_in_the_database_has_lost(backend: Backend, lossy: None) -> None:
    write(backend, "Grüße", "Привет")
    fresh, comparison = backend.rebuilder().fill(lambda _: None)
    backend.rebuilder().discard(fresh)
    assert comparison is not None
    assert comparison.same, "this driver loses the same each time"

    found = backend.rebuilder().verify(lambda _: None)

    assert not found.same
    titles = {one.fresh["title"] for one in found.differences if one.table == "posts" and one.fresh}
    assert "Привет" in titles


def test_verify_finds_nothing_where_nothing_is_lost_and_makes_no_generation(backend: Backend) -> None:
    write(backend, "Grüße", "Привет", "𠀀𠀀 﨎")
    before = generation_table.listed(backend.generations.control)

    found = backend.rebuilder().verify(lambda _: None)

    assert found.same
    assert found.differences == []
    assert generation_table.listed(backend.generations.control) == before


def test_verify_compares_a_live_generation_that_lags_as_far_as_it_is(backend: Backend) -> None:
    write(backend, "One")
    backend.publish("Not shown yet")
    found = backend.rebuilder().verify(lambda _: None)
    assert found.same
    assert found.position == backend.store.head()[0] - 1


def test_too_little_room_for_the_fold_is_a_sentence() -> None:
    def fill() -> None:
        with scratch() as fresh, fresh.write() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            connection.exec_driver_sql(f"CREATE TABLE large AS SELECT '{'x' * 100_000}' AS text")

    with pytest.raises(NoRoom, match="SQLITE_TMPDIR"):
        fill()

"""Two copies on databases that sort some scripts differently."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, insert, select

from projector.comparison import checksums, differences
from readmodel.engine import schema
from readmodel.search_index import words

SORTED = ["a", "b", "\ufa0e", "\ufa0f", "\U00020000", "\U00020001"]
"""By code points, as SQLite sorts. By UTF-16 units, as SQL Server does, the last two come earlier."""


@pytest.fixture
def copies() -> Iterator[tuple[Connection, Connection]]:
    """The second sorts words by UTF-16 units."""
    made = [create_engine("sqlite://").connect() for _ in range(2)]
    made[1].exec_driver_sql("PRAGMA encoding = 'UTF-16be'")
    for connection in made:
        schema.metadata.create_all(connection)
        connection.execute(insert(words), [{"scope": 0, "word": word, "subject": "s"} for word in SORTED])
    yield made[0], made[1]
    for connection in made:
        connection.close()
        connection.engine.dispose()


def test_equal_rows_in_another_order_are_equal(copies: tuple[Connection, Connection]) -> None:
    live, fresh = copies
    orders = [list(copy.execute(select(words.c.word).order_by(words.c.word)).scalars()) for copy in copies]
    assert orders == [SORTED, SORTED[:2] + SORTED[4:] + SORTED[2:4]]
    assert checksums(live) == checksums(fresh)
    assert list(differences(live, fresh)) == []


def test_what_differs_is_found_in_another_order_too(copies: tuple[Connection, Connection]) -> None:
    live, fresh = copies
    live.execute(words.delete().where(words.c.word == "\ufa0e"))
    fresh.execute(words.delete().where(words.c.word == "\U00020001"))
    found = {(one.key[1], one.live is None, one.fresh is None) for one in differences(live, fresh)}
    assert found == {("\ufa0e", True, False), ("\U00020001", False, True)}
    assert checksums(live)["words"] != checksums(fresh)["words"]

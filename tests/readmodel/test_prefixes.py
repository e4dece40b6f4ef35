"""Words that begin like what was typed: the two ways find the same, and reading doesn't grow with the rows."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from readmodel import prefixes
from readmodel.search_index import BODY, TITLE, words
from tests.readmodel.engine.test_tsql import tsql
from tests.readmodel.site import empty_tables

TYPED = st.text("abcé", min_size=1, max_size=4)


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    engine = empty_tables()
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def fill(connection: Connection, rows: list[tuple[int, str, int]]) -> None:
    """Rows of (scope, word, in how many texts)."""
    connection.execute(words.delete())
    for scope, word, texts in rows:
        subjects = [{"scope": scope, "word": word, "subject": f"{text:08}"} for text in range(texts)]
        connection.execute(words.insert(), subjects)


VOCABULARY = st.dictionaries(st.tuples(st.sampled_from([TITLE, BODY]), TYPED), st.sampled_from([1, 3, 700]))


@settings(max_examples=50)
@given(vocabulary=VOCABULARY, typed=TYPED)
def test_both_ways_find_the_words_that_begin_so(
    connection: Connection, vocabulary: dict[tuple[int, str], int], typed: str
) -> None:
    fill(connection, [(scope, word, texts) for (scope, word), texts in vocabulary.items()])
    expected = sorted({word for _, word in vocabulary if word.startswith(typed)})[: prefixes.MAX_COMPLETIONS]
    assert list(prefixes.completions(connection, (TITLE, BODY), typed)) == expected
    for scope in (TITLE, BODY):
        here = sorted(word for at, word in vocabulary if at == scope and word.startswith(typed))
        assert list(prefixes.sampled(connection, scope, typed)) == here[: prefixes.MAX_COMPLETIONS]


def test_more_words_than_are_looked_for(connection: Connection) -> None:
    fill(connection, [(TITLE, f"a{number:03}", 20) for number in range(100)])
    expected = tuple(f"a{number:03}" for number in range(prefixes.MAX_COMPLETIONS))
    assert prefixes.completions(connection, (TITLE,), "a") == expected
    assert tuple(prefixes.sampled(connection, TITLE, "a")) == expected


def test_the_way_of_sql_server_can_be_said_there() -> None:
    assert "SELECT TOP" in tsql(prefixes.SAMPLE_FROM)
    assert "SELECT TOP" in tsql(prefixes.SAMPLE_AFTER)

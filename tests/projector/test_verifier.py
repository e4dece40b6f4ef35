"""The background verifier finds rows that aren't a fold of their stream, and puts them right."""

import pytest
from sqlalchemy import text

from projector.comparing import checksums

from .conftest import Backend

DAMAGE = (
    "UPDATE posts SET title = 'Forged' WHERE title = 'Two'",
    "UPDATE posts SET likes = 99 WHERE title = 'Two'",
    "DELETE FROM posts WHERE title = 'Two'",
    "DELETE FROM history",
    "DELETE FROM comments",
    "UPDATE comments SET body = 'forged'",
    "DELETE FROM likes",
    "UPDATE accounts SET name = 'Somebody else' WHERE handle = 'ann'",
    "DELETE FROM post_tags",
)


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found_reported_and_repaired(busy: Backend, damage: str) -> None:
    live = busy.generations.live()
    with live.snapshot() as connection:
        right = checksums(connection)
    with live.write() as connection:
        assert connection.execute(text(damage)).rowcount > 0
    verifier = busy.verifier()
    for commit in busy.store.read(0, 1000):
        verifier.check_with_related(live, commit)
    assert busy.generations.repaired() != []
    with live.snapshot() as connection:
        assert checksums(connection) == right


def test_rows_that_are_right_are_left_alone(busy: Backend) -> None:
    verifier = busy.verifier()
    for _ in range(30):
        verifier.step()
    assert busy.generations.repaired() == []


def test_a_tally_that_counts_wrong_is_found_noted_and_counted_afresh(busy: Backend) -> None:
    live = busy.generations.live()
    with live.write() as connection:
        connection.execute(text("UPDATE author_counts SET posts = 77 WHERE author = 'ann'"))
    verifier = busy.verifier()
    for _ in range(60):
        verifier.step()
    with live.read() as connection:
        assert connection.execute(text("SELECT posts FROM author_counts WHERE author = 'ann'")).scalar_one() == 3
    assert {"author_counts"} == {repair["stream"] for repair in busy.generations.repaired()}

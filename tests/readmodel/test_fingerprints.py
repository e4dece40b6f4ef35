"""What tells live pages that a thread changed."""

import pytest
from sqlalchemy import create_engine, insert, update

from readmodel import fingerprints
from readmodel.comments import comments
from readmodel.engine.schema import metadata

POST = "0198c000-0000-7000-8000-000000000001"
FIRST, SECOND = "0198c000-0000-7000-8000-a00000000002", "0198c000-0000-7000-8000-a0000000000f"
ROW = {"post": POST, "root": FIRST, "depth": 0, "author": "ada", "body": "x", "version": 1, "text_version": 1}


@pytest.mark.parametrize(("before", "after"), [((1, 0), (0, 1)), ((7, 3), (3, 7)), ((2, 2), (3, 1)), ((0, 0), (1, 0))])
def test_a_like_that_moves_between_comments_is_seen(before: tuple[int, int], after: tuple[int, int]) -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        metadata.create_all(connection)
        seen = []
        for id in (FIRST, SECOND):
            row = ROW | {"id": id, "likes": 0, "created_at": "2026-11-24T05:00:00.000000Z", "removed": False}
            connection.execute(insert(comments), row)
        for likes in (before, after, before):
            for id, count in zip((FIRST, SECOND), likes, strict=True):
                connection.execute(update(comments).where(comments.c.id == id).values(likes=count))
            seen.append(fingerprints.of_threads(connection, [POST])[POST])
    assert seen[0] != seen[1]
    assert seen[0] == seen[2]

"""The background verifier finds rows that aren't a fold of their stream, and puts them right."""

import pytest
from sqlalchemy import text

from domain import account, comment, ids, post, rights, site, token, webhook
from projector.comparison import checksums
from projector.stream_repair import owned_by, tables_of_tallies
from readmodel.engine import gate, progress
from readmodel.engine.schema import metadata
from readmodel.generations import repairs
from tests.people import id_of
from tests.projector.conftest import Backend

SOON = "2030-01-01T00:00:00.000000Z"
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
    "UPDATE post_tags SET tag = 'forged'",
    "DELETE FROM tag_counts",
    "UPDATE tag_counts SET posts = 0",
    "DELETE FROM author_counts",
    f"UPDATE author_counts SET comments = 7 WHERE author = '{id_of('bob')}'",
    "DELETE FROM words",
    "INSERT INTO words SELECT 1, 'forged', id FROM posts WHERE title = 'Two'",
    "INSERT INTO words SELECT 2, 'forged', id FROM comments",
    "DELETE FROM notifications",
    "UPDATE notifications SET recipient = 'bob' WHERE what = 'answer'",
    "UPDATE notifications SET actor = 'zoe'",
    "INSERT INTO awaited SELECT post, id FROM comments",
    "UPDATE tokens SET label = 'forged'",
    "UPDATE webhooks SET url = 'https://forged.example/'",
    "DELETE FROM moderation_log",
)


def fill(backend: Backend) -> Backend:
    """Something in every table that belongs to streams, all of it shown."""
    backend.register("ann", "bob", "root")
    backend.send(account.GrantRole(handle="root", role="admin"), rights.OPERATOR)
    for title in ("One", "Two", "Three"):
        id = backend.publish(title)
        answer = backend.comment(id)
        backend.send(comment.AddComment(comment=ids.uuid7(), post=id, parent=answer, body="As @root says."))
        backend.like(id)
    backend.send(post.RemovePost(post=id, reason="Spam."), "root")
    backend.send(token.IssueToken(token=ids.uuid7(), handle="ann", digest="0" * 64, scopes=("write",), expires_at=SOON))
    backend.send(webhook.AddWebhook(handle="ann", webhook=ids.uuid7(), url="https://example.com/"))
    backend.project()
    return backend


def test_every_table_of_a_generation_is_compared() -> None:
    kinds = ("post", "comment", "like-post", "account", "token", "webhooks", "report", "case", "appeal", "batch")
    streams = [site.stream(), *(f"{kind}-{ids.uuid7()}" for kind in kinds)]
    owned = {table for stream in streams for table, _ in owned_by(stream)}
    own_affair = {progress.streams, progress.checkpoints, progress.dead_letters, progress.origin, gate.gate}
    assert {*owned, *tables_of_tallies(), *own_affair} == set(metadata.sorted_tables)


def test_a_count_of_nothing_goes(busy: Backend) -> None:
    with busy.generations.live().write() as connection:
        connection.execute(text("INSERT INTO tag_counts VALUES ('forged', 3)"))
    verifier = busy.verifier()
    for _ in range(60):
        verifier.step()
    with busy.generations.connect() as connection:
        assert connection.execute(text("SELECT tag FROM tag_counts")).scalars().all() == ["tag"]
    assert [one["what"] for one in repairs.newest(busy.generations.control)] == ["tag_counts counts what isn't there"]


def test_a_note_of_a_repair_has_no_word_of_a_text(busy: Backend) -> None:
    with busy.generations.live().write() as connection:
        connection.execute(text("INSERT INTO words SELECT 1, 'forgedword', id FROM posts"))
        connection.execute(text("UPDATE post_tags SET tag = 'forgedtag'"))
        connection.execute(text("UPDATE posts SET title = 'forgedtitle'"))
    verifier = busy.verifier()
    for commit in busy.store.read(0, 1000):
        verifier.check_with_related(busy.generations.live(), commit)
    notes = " ".join(one["what"] for one in repairs.newest(busy.generations.control))
    assert "words" in notes
    assert "forged" not in notes


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found_reported_and_repaired(either: Backend, damage: str) -> None:
    busy = fill(either)
    live = busy.generations.live()
    with live.snapshot() as connection:
        right = checksums(connection)
    with live.write() as connection:
        assert connection.execute(text(damage)).rowcount > 0
    verifier = busy.verifier()
    for commit in busy.store.read(0, 1000):
        verifier.check_with_related(live, commit)
    assert repairs.newest(busy.generations.control) != []
    with live.snapshot() as connection:
        assert checksums(connection) == right


def test_rows_that_are_right_are_left_alone(busy: Backend) -> None:
    verifier = busy.verifier()
    for _ in range(30):
        verifier.step()
    assert repairs.newest(busy.generations.control) == []


def test_a_tally_that_counts_wrong_is_found_noted_and_counted_afresh(busy: Backend) -> None:
    live = busy.generations.live()
    with live.write() as connection:
        connection.execute(text(f"UPDATE author_counts SET posts = 77 WHERE author = '{id_of('ann')}'"))
    verifier = busy.verifier()
    for _ in range(60):
        verifier.step()
    with live.read() as connection:
        assert (
            connection.execute(text(f"SELECT posts FROM author_counts WHERE author = '{id_of('ann')}'")).scalar_one()
            == 3
        )
    assert {"author_counts counts posts wrong"} == {
        repair["what"] for repair in repairs.newest(busy.generations.control)
    }

"""The checker finds what is planted: each test does one wrong thing and reads it in the verdict."""

import sqlite3

import pytest
from sqlalchemy import text

from domain import ids, post
from readmodel.engine import progress
from readmodel.engine.progress import DeadLetter
from readmodel.generations import repairs
from tests.tools.drill.conftest import Site
from tools.drill.ledger import Intent, SentAgain, Stuck


def test_an_honest_site_is_clean(site: Site) -> None:
    verdict = site.check()
    assert verdict.clean, verdict
    assert (verdict.acknowledged, verdict.found, verdict.refused, verdict.unanswered) == (10, 10, 0, 0)


def test_a_lost_commit_is_found_by_its_id_and_by_its_content(site: Site) -> None:
    last = site.store.head()[0]
    _sql(site, "DELETE FROM commits WHERE position = ?", last)
    by_id, by_content = site.check().violations["lost"]
    assert "no commit has its id" in by_id
    assert "content stored 0" in by_content


def test_a_commit_that_lost_its_text_is_found_by_its_content(site: Site) -> None:
    intent = next(entry for entry in site.entries if isinstance(entry, Intent) and entry.marked)
    _forge(site, 2, f"Once: {intent.id}", "Never")
    assert ["content stored 0" in found for found in site.check().violations["lost"]] == [True]


def test_a_doubled_commit_is_found_by_its_content(site: Site) -> None:
    written = site.publish()
    mark = site.entries[-1].id  # type: ignore[union-attr]
    site.send(post.NewPost(post=ids.uuid7(), title="A title", body=f"Once: {mark}"), ids.uuid7())
    site.project()
    verdict = site.check()
    assert written
    assert ["content stored 2" in found for found in verdict.violations["doubled"]] == [True]
    assert any("sent by nobody" in found for found in verdict.violations["broken"])


def test_a_doubled_command_id_is_found(site: Site) -> None:
    _sql(site, "DROP INDEX one_effect_a_command")
    row = (
        "SELECT (SELECT max(position) + 1 FROM commits), stream, last + 1, last + 1, command_id, claim, chain, document"
    )
    _sql(site, f"INSERT INTO commits {row} FROM commits WHERE position = 2")
    assert any("has 2 commits" in found for found in site.check().violations["doubled"])


def test_a_handle_that_two_have_is_found(site: Site) -> None:
    _sql(site, "DROP INDEX one_holder_a_claim")
    row = "SELECT (SELECT max(position) + 1 FROM commits), stream, last + 1, last + 1, NULL, claim, chain, document"
    _sql(site, f"INSERT INTO commits {row} FROM commits WHERE position = 1")
    assert any("handle:ann is claimed by 2 commits" in found for found in site.check().violations["doubled"])


def test_a_hole_in_the_positions_is_found(site: Site) -> None:
    _sql(site, "DELETE FROM commits WHERE position = 3")
    assert any("position 3 is missing" in found for found in site.check().violations["broken"])


@pytest.mark.parametrize(
    ("was", "forged", "says"),
    [("A title", "B title", "differs from its digest"), ('"actor":"0', '"actor":"f', "isn't what the chain")],
)
def test_a_changed_byte_is_found(site: Site, was: str, forged: str, says: str) -> None:
    _forge(site, 2, was, forged)
    assert any(says in found for found in site.check().violations["broken"])


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE posts SET title = 'Forged' WHERE id = (SELECT max(id) FROM posts)",
        "UPDATE posts SET likes = likes + 1",
        "DELETE FROM comments WHERE id = (SELECT max(id) FROM comments)",
        "UPDATE accounts SET name = 'Somebody else'",
    ],
)
def test_a_wrong_row_is_found(site: Site, forgery: str) -> None:
    with site.generations.live().write() as connection:
        assert connection.execute(text(forgery)).rowcount > 0
    assert site.check().violations["differing"] != []


def test_a_page_that_forgot_an_accepted_text_is_found_by_the_ledger_alone(site: Site) -> None:
    """Store and read model agree here; only the person knows better."""
    written = site.publish()
    id = ids.uuid7()
    site.intend(id, "PostEdited", stream=f"post-{written}", post=written, marked=True)
    site.answer(id, location=f"/posts/{written}")
    site.project()
    assert any("the last accepted text was" in found for found in site.check().violations["differing"])


def test_rows_that_had_to_be_repaired_are_told(site: Site) -> None:
    repairs.note(site.generations.control, "post-1", "posts differs in title")
    assert any("was repaired" in found for found in site.check().violations["false_repairs"])


def test_what_was_never_projected_is_stuck(site: Site) -> None:
    site.publish()
    assert any("is shown at version 0 and stored at 1" in found for found in site.check().violations["stuck"])


def test_a_parked_stream_is_stuck(site: Site) -> None:
    letter = DeadLetter(stream="post-1", version=1, commit_id="", error="odd", attempts=1, parked_at=ids.now())
    with site.generations.live().write() as connection:
        progress.park(connection, [letter])
    assert any("parked" in found for found in site.check().violations["stuck"])


def test_somebody_without_an_answer_is_stuck(site: Site) -> None:
    site.entries.append(Stuck(actor="ann", what="ann waited 40 s"))
    assert site.check().violations["stuck"] == ["ann waited 40 s"]


def test_an_intent_without_an_answer_may_be_stored_or_not_and_is_counted(site: Site) -> None:
    site.intend(ids.uuid7(), "PostPublished", marked=True)
    verdict = site.check()
    assert verdict.clean
    assert verdict.unanswered == 1


def test_what_was_sent_again_is_counted(site: Site) -> None:
    site.entries += [SentAgain(id="1", why="answered with 503"), SentAgain(id="1", why="timed out")]
    verdict = site.check()
    assert verdict.clean
    assert verdict.sent_again == 2


def test_a_refusal_of_what_is_stored_is_a_contradiction(site: Site) -> None:
    id = ids.uuid7()
    site.intend(id, "PostPublished", marked=True)
    site.send(post.NewPost(post=ids.uuid7(), title="A title", body=f"Once: {id}"), id)
    site.answer(id, location="", status=409)
    site.project()
    assert any("was answered with 409" in found for found in site.check().violations["broken"])


def test_two_different_answers_to_one_command_are_a_contradiction(site: Site) -> None:
    site.publish()
    site.answer(site.entries[-1].id, location="/posts/elsewhere")  # type: ignore[union-attr]
    assert any("in two ways" in found for found in site.check().violations["broken"])


def test_the_login_page_is_no_acceptance(site: Site) -> None:
    id = ids.uuid7()
    site.intend(id, "PostPublished", marked=True)
    site.answer(id, location="/login?next=/posts/new")
    verdict = site.check()
    assert verdict.clean
    assert verdict.refused == 1


def _forge(site: Site, position: int, was: str, forged: str) -> None:
    [document] = [commit for commit in _documents(site, position) if was.encode() in commit]
    _sql(
        site,
        "UPDATE commits SET document = ? WHERE position = ?",
        document.replace(was.encode(), forged.encode()),
        position,
    )


def _documents(site: Site, position: int) -> list[bytes]:
    connection = sqlite3.connect(site.file)
    rows = connection.execute("SELECT document FROM commits WHERE position = ?", (position,)).fetchall()
    connection.close()
    return [row[0] for row in rows]


def _sql(site: Site, statement: str, *values: object) -> None:
    connection = sqlite3.connect(site.file)
    with connection:
        assert connection.execute(statement, values).rowcount
    connection.close()

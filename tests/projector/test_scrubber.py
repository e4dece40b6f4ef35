"""What was erased is soon in no file, no row and no document, whatever was there when it was erased."""

import random
import sqlite3
from threading import Event

import msgspec
import pytest
from sqlalchemy import text

from domain import account, comment, ids, post
from operational import drafts, webhook_deliveries
from projector.generation_upkeep import GenerationUpkeep
from projector.rebuild_requests import RebuildRequestHandler
from projector.scrubber import MAX_ATTEMPTS
from tests.people import id_of
from tests.projector.conftest import Backend
from tests.projector.restoring import backed_up
from tests.projector.scrubbed_site import SECRET, begin, erase, everywhere, is_right, publish, rebuild, scrubber, silent


def test_nothing_is_left_of_erased_posts_comments_and_profiles(either: Backend) -> None:
    begin(either)
    id, answer = publish(either), ids.uuid7()
    either.send(comment.AddComment(comment=answer, post=id, body=f"{SECRET}!"), "bob")
    either.send(account.EditProfile(handle="bob", name=SECRET, bio=f"{SECRET}?"), "bob")
    either.project()
    assert SECRET.encode() in everywhere(either)
    erase(either, id)
    either.send(comment.EraseComment(comment=answer, reason="Asked for."), "root")
    either.send(account.EraseProfile(handle="bob", reason="Asked for."), "root")
    either.project()
    scrubber(either).step(Event())
    assert SECRET.encode() not in everywhere(either)
    assert is_right(either)


def test_nothing_is_left_in_pages_that_were_split_and_merged(backend: Backend) -> None:
    """Thousands of rows of all sizes, erased in another order, so that pages are split and merged again and again."""
    dice = random.Random(1)
    begin(backend)
    known = ["".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=dice.randint(3, 10))) for _ in range(3_000)]
    posts = {}
    for at in range(900):
        posts[id := ids.uuid7()] = secret = f"{SECRET}{at}x{dice.randrange(10**6)}"
        for version in range(dice.choice((1, 1, 2))):
            words = {"title": f"#{secret}", "body": " ".join([*dice.choices(known, k=dice.randint(5, 150)), secret])}
            command = post.EditPost(post=id, version=version, **words) if version else post.NewPost(post=id, **words)
            backend.send(command)
        if at % 50 == 0:
            backend.project()
    backend.project()
    gone = dice.sample(sorted(posts), 600)
    for at, id in enumerate(gone):
        erase(backend, id)
        if at % 9 == 0:
            backend.project()
    backend.project()
    scrubber(backend).step(Event())
    found = everywhere(backend)
    assert [secret for id, secret in posts.items() if id in gone and secret.encode() in found] == []
    assert all(secret.encode() in found for id, secret in posts.items() if id not in gone)
    backend.store.check()


@pytest.mark.parametrize("name", ["events.db", "read.db", "read-1.db"])
def test_a_reader_who_was_in_the_way_leaves_nothing_behind(backend: Backend, name: str) -> None:
    begin(backend)
    id = publish(backend)
    drafts.save(backend.generations.control, "ann", f"/posts/{id}/edit", {"body": SECRET, "version": "1"})
    backend.project()
    reader = sqlite3.connect(backend.folder / name, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
    erase(backend, id)
    backend.project()
    housekeeping = scrubber(backend)
    housekeeping.step(Event())
    for _ in range(65):
        backend.publish()
    backend.project()
    assert SECRET.encode() in everywhere(backend)
    reader.close()
    housekeeping.step(Event())
    assert SECRET.encode() not in everywhere(backend)


def test_erasures_before_a_crash_are_scrubbed_after_it(either: Backend) -> None:
    begin(either)
    id = publish(either)
    either.project()
    scrubber(either).step(Event())
    erase(either, id)
    either.project()
    for _ in range(3):
        either.publish()
    either.project()
    scrubber(either).step(Event())
    assert SECRET.encode() not in everywhere(either)


def test_a_clean_stop_leaves_nothing_though_the_fold_had_not_come_to_it(either: Backend) -> None:
    begin(either)
    id = publish(either)
    either.project()
    rebuild(either)
    erase(either, id)
    either.number()
    scrubber(either).finish()
    assert SECRET.encode() not in everywhere(either)
    either.worker = either.new_worker()
    either.project()
    assert is_right(either)


def test_a_comparison_knows_of_streams_that_were_brought_forward(either: Backend) -> None:
    """At a clean stop those that lost words are ahead of the others; so they are in a generation that isn't live."""
    begin(either)
    id, other = publish(either), either.publish()
    either.project()
    either.like(other)
    erase(either, id)
    either.number()
    scrubber(either).finish()
    assert is_right(either)
    fresh, compared = either.rebuilder().fill(silent)
    assert compared is not None
    assert compared.same
    either.rebuilder().discard(fresh)


def test_what_is_scrubbed_is_scrubbed_once(backend: Backend) -> None:
    begin(backend)
    erase(backend, publish(backend))
    backend.project()
    scrubber(backend).step(Event())
    changed = backend.folder / "read-1.db"
    before = changed.stat().st_mtime_ns
    scrubber(backend).step(Event())
    assert changed.stat().st_mtime_ns == before


def test_drafts_that_began_with_erased_words_go_whoever_has_them(either: Backend) -> None:
    begin(either)
    id, kept = publish(either), either.publish()
    control = either.generations.control
    for handle, place in (("ann", id), ("root", id), ("ann", kept)):
        drafts.save(control, handle, f"/posts/{place}/edit", {"body": f"{SECRET}{place}", "version": "1"})
    erase(either, id)
    either.project()
    drafts.save(control, "bob", f"/posts/{id}/edit", {"body": "Anew.", "version": "2"})
    scrubber(either).step(Event())
    assert [draft.place for draft in drafts.all_of(control, "ann")] == [f"/posts/{kept}/edit"]
    assert drafts.all_of(control, "root") == []
    assert [draft.words["body"] for draft in drafts.all_of(control, "bob")] == ["Anew."]
    assert f"{SECRET}{id}".encode() not in everywhere(either)


def test_what_a_receiver_answered_goes_with_what_it_was_told(either: Backend) -> None:
    begin(either)
    id = publish(either)
    either.project()
    (commit,) = either.store.load(f"post-{id}")
    control = either.generations.control
    told = webhook_deliveries.Delivery(
        webhook="w", account=id_of("ann"), commit_id=commit.id, type="PostPublished", position=1
    )
    echo = msgspec.structs.replace(told, answer=f"Got it: {SECRET}", state="delivered")
    with control.begin() as connection:
        webhook_deliveries.add(
            connection, [echo, msgspec.structs.replace(echo, id=ids.uuid7(), commit_id="c", answer="Got it.")]
        )
    erase(either, id)
    either.project()
    scrubber(either).step(Event())
    assert SECRET.encode() not in everywhere(either)
    assert {one.answer for one in webhook_deliveries.listed(control, "w").items} == {"", "Got it."}


def test_an_error_of_the_database_repeats_no_words(backend: Backend) -> None:
    """They are logged, and shown beside what is parked."""
    begin(backend)
    with backend.generations.live().write() as connection:
        connection.execute(text("CREATE TRIGGER refuse BEFORE INSERT ON posts BEGIN SELECT RAISE(ABORT, 'no'); END"))
    publish(backend)
    backend.project()
    (letter,) = backend.generations.parked()
    assert "no" in letter.error
    assert SECRET not in letter.error


@pytest.mark.parametrize("goes_on", [True, False])
def test_positions_of_a_past_that_is_gone_hide_no_erasure(
    either: Backend, monkeypatch: pytest.MonkeyPatch, goes_on: bool
) -> None:
    """The store was put back to before an erasure that every place had been scrubbed of; the next one has a lower
    position. The generation of before still has the words, and shows a stream further than the store has it."""
    monkeypatch.setattr("projector.scrubber.REWRITE_INTERVAL_S", 0.0)
    begin(either)
    id = publish(either)
    either.project()
    restore = backed_up(either)
    for version in range(1, 6):
        either.send(post.EditPost(post=id, version=version, title=f"{SECRET} {version}", body="b"))
    for _ in range(5):
        either.publish()
    erase(either, either.publish())
    either.project()
    one = scrubber(either)
    one.step(Event())
    restore()
    (either.folder / "backup.db").unlink(missing_ok=True)
    rebuilder = either.rebuilder()
    GenerationUpkeep(either.generations, RebuildRequestHandler(either.generations, rebuilder), rebuilder).step(Event())
    either.worker = either.new_worker()
    erase(either, id)
    either.project()
    one = one if goes_on else scrubber(either)
    for _ in range(MAX_ATTEMPTS + 1):
        one.step(Event())
    assert SECRET.encode() not in everywhere(either)
    assert is_right(either)

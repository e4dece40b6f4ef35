"""Promises 3, 4, 6, 7 and 8 of the design: what pages show, and what happens when two write. Embedded stack."""

import random

import msgspec
import pytest
from sqlalchemy import text

from domain import comment, ids, post
from domain.commit import Commit
from domain.errors import StaleEdit
from eventstore.chain import without_position
from projector.comparison import checksums
from readmodel.engine import progress
from tests.promises.conftest import Served, Stack, published


def test_3_every_commit_takes_effect_once_however_it_is_delivered(busy: Stack) -> None:
    """Twice or three times, streams in any order among themselves, some messages lost, in batches of any size."""
    commits = busy.store.read(0, 1_000)
    busy.project()
    with busy.generations.live().snapshot() as connection:
        expected = checksums(connection)
    for seed in range(3):
        other = busy.generations.lifecycle.create()
        for batch in _batches(random.Random(seed), commits):
            with other.write() as connection:
                busy.folder.fold(connection, batch)
        with other.snapshot() as connection:
            assert checksums(connection) == expected, f"seed {seed}"
        busy.generations.lifecycle.abandon(other.number, "compared")


def test_4_a_rebuild_gives_the_same_rows_byte_for_byte(busy: Stack) -> None:
    busy.project()
    assert busy.compared().same
    with busy.generations.live().write() as connection:
        connection.execute(text("UPDATE posts SET body = body || ' ' WHERE title = 'Number 7'"))
    assert [one.table for one in busy.compared().differences] == ["posts"]


def test_6_a_stale_edit_is_refused_with_both_texts(stack: Stack) -> None:
    id = stack.publish()
    stack.send(post.EditPost(post=id, version=1, title="First", body="What the first one wrote"))
    with pytest.raises(StaleEdit) as refused:
        stack.send(post.EditPost(post=id, version=1, title="Second", body="What the second one wrote"))
    assert refused.value.current["body"] == "What the first one wrote"
    assert refused.value.yours["body"] == "What the second one wrote"
    assert stack.bus.aggregates().post(id).title == "First"


def test_6_of_two_edits_at_once_one_comes_back_with_both_texts(served: Served) -> None:
    browser = served.browser("lou")
    address = f"{published(browser, 'Contended').location}/edit"
    forms = [browser.get(address).form(address) for _ in range(2)]
    assert forms[0] is not None
    assert forms[1] is not None
    assert browser.post(forms[0].filled(title="First", body="What the first one wrote")).status == 303
    page = browser.post(forms[1].filled(title="Second", body="What the second one wrote"))
    assert page.status == 409
    again = page.form(address)
    assert again is not None
    assert again.fields["body"] == "What the second one wrote"
    assert "What the first one wrote" in page.html


def test_7_people_see_their_own_write_on_the_next_page(served: Served) -> None:
    browser = served.browser("mia")
    place = published(browser, "Seen at once").location
    page = browser.get(place)
    assert page.status == 200
    assert "Seen at once" in page.html
    for action, then in (("like", "unlike"), ("unlike", "like")):
        form = browser.get(place).form(f"{place}/{action}")
        assert form is not None, action
        assert browser.get(browser.post(form).location).form(f"{place}/{then}") is not None
    said = browser.get(place).form(f"{place}/comments")
    assert said is not None
    assert "Heard at once" in browser.get(browser.post(said.filled(body="Heard at once")).location).html


def test_8_one_bad_event_parks_its_own_stream_and_all_others_go_on(stack: Stack) -> None:
    poisoned, fine = stack.publish("Poisoned"), stack.publish("Fine")
    stack.store.append(_from_the_future(stack.store.load(f"post-{poisoned}")[0]))
    stack.send(comment.AddComment(comment=ids.uuid7(), post=fine, body="Still here"), "bob")
    stack.project()
    (letter,) = stack.generations.parked()
    assert letter.stream == f"post-{poisoned}"
    assert "schema 99" in letter.error
    with stack.generations.connect() as connection:
        assert connection.execute(text("SELECT comments FROM posts WHERE title = 'Fine'")).scalar_one() == 1
        assert progress.position(connection) == stack.store.head()[0]


def _batches(dice: random.Random, commits: list[Commit]) -> list[list[Commit]]:
    """Each stream's commits in order but repeated, a few left out that a later one brings to light."""
    last = {commit.stream: commit.id for commit in commits}
    rest: dict[str, list[Commit]] = {}
    for one in commits:
        kept = one.id == last[one.stream] or dice.random() > 0.3
        rest.setdefault(one.stream, []).extend([one] * (dice.randint(1, 3) if kept else 0))
    batches: list[list[Commit]] = []
    while rest := {stream: left for stream, left in rest.items() if left}:
        batch = [rest[stream].pop(0) for stream in dice.choices(list(rest), k=dice.randint(1, 9)) if rest[stream]]
        batches += [batch, batch] if dice.random() < 0.2 else [batch]
    return batches


def _from_the_future(commit: Commit) -> Commit:
    event = msgspec.structs.replace(commit.events[0], schema=99)
    return msgspec.structs.replace(without_position(commit), events=(event,), first=2, id=ids.uuid7())

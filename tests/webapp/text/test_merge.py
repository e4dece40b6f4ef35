"""Two edits of one text: merged where they don't touch, and left to a person where they do."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import comment, post
from tests.processor_time import cost
from tests.webapp.conftest import Visitor, World
from tests.webapp.html_pages import page
from webapp.text import merge

BASE = "one\n\ntwo\n\nthree"
Stale = tuple[str, Visitor, dict[str, str]]
lines = st.lists(st.sampled_from(["a", "b", "c", "", "long words here"]), max_size=8).map("\n".join)


@given(lines, lines)
def test_with_an_unchanged_side_the_other_is_what_comes(base: str, changed: str) -> None:
    assert merge.text(base, base, changed) == changed
    assert merge.text(base, changed, base) == changed
    assert merge.text(base, changed, changed) == changed


@given(lines, lines, lines)
def test_neither_side_comes_first(base: str, one: str, other: str) -> None:
    assert merge.text(base, one, other) == merge.text(base, other, one)


@given(st.lists(st.integers(0, 9), min_size=12, max_size=12), st.lists(st.booleans(), min_size=4, max_size=4))
@settings(max_examples=200)
def test_changes_that_dont_touch_are_all_there(numbers: list[int], whose: list[bool]) -> None:
    """Every third line is changed, by one side or the other, and all of them arrive."""
    base = [f"{place} {number}" for place, number in enumerate(numbers)]
    one, other, both = base.copy(), base.copy(), base.copy()
    for index, mine in enumerate(whose):
        (one if mine else other)[index * 3] = both[index * 3] = f"changed {index}"
    assert merge.text("\n".join(base), "\n".join(one), "\n".join(other)) == "\n".join(both)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=9), st.data())
def test_a_line_that_both_changed_is_left_to_a_person(numbers: list[int], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(numbers) - 1))
    base, one, other = ([f"{line} {number}" for line, number in enumerate(numbers)] for _ in range(3))
    one[place], other[place] = "mine", "yours"
    assert merge.text("\n".join(base), "\n".join(one), "\n".join(other)) is None


@pytest.mark.parametrize("line", ["{}\n", "a\n", "{}"])
def test_40_000_characters_are_merged_in_a_moment(line: str) -> None:
    """difflib takes minutes for the first."""
    dice = random.Random(7)
    base, one, other = ("".join(line.format(dice.randrange(150)) for _ in range(20_000))[:40_000] for _ in range(3))
    assert cost(lambda: merge.text(base, one, other)) < 300


@pytest.mark.parametrize(
    ("theirs", "yours", "merged"),
    [
        ("ONE\n\ntwo\n\nthree", "one\n\ntwo\n\nTHREE", "ONE\n\ntwo\n\nTHREE"),
        ("zero\n\none\n\ntwo\n\nthree", "one\n\ntwo\n\nthree\n\nfour", "zero\n\none\n\ntwo\n\nthree\n\nfour"),
        ("two\n\nthree", "one\n\ntwo", "two"),
        ("ONE\n\ntwo\n\nthree", "ONE\n\ntwo\n\nTHREE", "ONE\n\ntwo\n\nTHREE"),
        ("one\n\nTWO\n\nthree", "one\n\nzwei\n\nthree", None),
        ("one\n\nthree", "one\n\nTWO\n\nthree", None),
        ("one\n\ntwo\n\nthree\nA", "one\n\ntwo\n\nthree\nB", None),
        ("", "one\n\nTWO\n\nthree", None),
    ],
)
def test_what_comes_of_two_edits(theirs: str, yours: str, merged: str | None) -> None:
    assert merge.text(BASE, theirs, yours) == merged
    assert merge.text(BASE, yours, theirs) == merged


def test_too_many_changes_are_left_to_a_person() -> None:
    base = "\n".join(f"line {number}" for number in range(3000))
    theirs = base.replace("line", "Line")
    assert merge.text(base, theirs, base + "\nend") is None
    assert merge.text("\n" * 39_000, "x" + "\n" * 39_000, "\n" * 39_000 + "y") == "x" + "\n" * 39_000 + "y"


def test_a_field_that_overlaps_leaves_all_to_a_person() -> None:
    base = {"title": "A", "body": BASE}
    theirs = {"title": "B", "body": "ONE" + BASE[3:]}
    assert merge.fields(base, theirs, {"title": "A", "body": BASE + "!"}) == {
        "title": "B",
        "body": "ONE\n\ntwo\n\nthree!",
    }
    assert merge.fields(base, theirs, {"title": "C", "body": BASE + "!"}) is None


@pytest.fixture
def stale(world: World) -> Stale:
    """A post, its author, and the form that she opened before a moderator changed its first paragraph."""
    ada = world.person("ada")
    world.person("mod", "moderator")
    id = world.post("ada", "A title", BASE)
    fields = ada.fields(f"/posts/{id}/edit")
    edit = post.EditPost(post=id, version=1, title="A title", body="ONE" + BASE[3:], reason="Louder")
    world.given(edit, "mod")
    return id, ada, fields


def test_edits_that_fit_are_offered_merged_and_stored_on_save_only(world: World, stale: Stale) -> None:
    id, ada, fields = stale
    head = world.head()
    answer = ada.post(f"/posts/{id}/edit", fields | {"body": "one\r\n\r\ntwo\r\n\r\nTHREE"})
    assert answer.status_code == 409
    assert world.head() == head
    back = page(answer)
    assert "Both edits fit together." in back.text
    form = back.form(f"/posts/{id}/edit")
    assert form.fields["body"].replace("\r", "") == "ONE\n\ntwo\n\nTHREE"
    assert form.fields["version"] == "2"
    assert ada.post(f"/posts/{id}/edit", form.fields).status_code == 303
    assert "ONE two THREE" in ada.see(f"/posts/{id}").text


def test_edits_that_overlap_stand_beside_each_other(world: World, stale: Stale) -> None:
    id, ada, fields = stale
    answer = ada.post(f"/posts/{id}/edit", fields | {"body": "eins\n\ntwo\n\nthree"})
    assert answer.status_code == 409
    back = page(answer)
    assert "Both edits fit together." not in back.text
    assert "Stored now" in back.text
    assert back.form(f"/posts/{id}/edit").fields["body"].replace("\r", "") == "eins\n\ntwo\n\nthree"


def test_a_comments_edits_are_merged_too(world: World) -> None:
    ada = world.person("ada")
    said = world.comment("ada", world.post("ada"), BASE)
    fields = ada.fields(f"/comments/{said}/edit")
    world.given(comment.EditComment(comment=said, version=1, body=BASE + "\n\nfour"), "ada")
    back = page(ada.post(f"/comments/{said}/edit", fields | {"body": "ONE" + BASE[3:]}, htmx=True))
    assert back.form(f"/comments/{said}/edit").fields["body"].replace("\r", "") == "ONE\n\ntwo\n\nthree\n\nfour"


@pytest.mark.parametrize("version", ["0", "999999"])
def test_a_version_that_nobody_saw_is_nothing_to_merge_from(world: World, stale: Stale, version: str) -> None:
    id, ada, fields = stale
    answer = ada.post(f"/posts/{id}/edit", fields | {"body": BASE + "!", "version": version})
    assert answer.status_code == 409
    assert "Both edits fit together." not in page(answer).text


def test_erased_words_are_no_base(world: World, stale: Stale) -> None:
    id, ada, fields = stale
    world.person("root", "admin")
    world.given(post.ErasePost(post=id, reason="Asked for"), "root")
    answer = ada.post(f"/posts/{id}/edit", fields | {"body": BASE + "!"})
    assert answer.status_code == 409
    assert "Both edits fit together." not in page(answer).text

"""Word diffs: right for every pair of texts, readable, and quick on texts made to be slow."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.text.diff import Segment, segments, words

WORDS = st.lists(st.sampled_from(["a", "b", "the", " ", "\n", ".", "é"]), max_size=30).map("".join)


@given(WORDS, WORDS)
def test_the_segments_join_to_both_texts(before: str, after: str) -> None:
    found = segments(before, after)
    assert "".join(text for op, text in found if op != "ins") == before
    assert "".join(text for op, text in found if op != "del") == after


def test_a_changed_word_is_told_from_its_neighbours() -> None:
    assert segments("the old house", "the new house") == [
        Segment("same", "the "),
        Segment("del", "old"),
        Segment("ins", "new"),
        Segment("same", " house"),
    ]


def test_a_rewritten_sentence_is_one_change() -> None:
    assert segments("one two three.", "vier five six.") == [
        Segment("del", "one two three"),
        Segment("ins", "vier five six"),
        Segment("same", "."),
    ]


def test_equal_texts_have_no_change() -> None:
    assert segments("same", "same") == [Segment("same", "same")]
    assert segments("", "") == []


def test_html_is_escaped_and_named_for_screen_readers() -> None:
    shown = words("a <b>", "a <i>")
    assert "<b>" not in shown
    assert "removed: " in shown
    assert '<ins><span class="visually-hidden">added: </span>i<' in shown


def test_a_line_end_that_came_can_be_seen() -> None:
    assert "¶\n" in words("one two", "one\n two")


def test_long_unchanged_parts_are_left_out() -> None:
    shown = words("x" + " word" * 500 + " end", "y" + " word" * 500 + " end")
    assert "unchanged characters" in shown
    assert len(shown) < 800


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a " * 20_000, "b " * 20_000),
        ("a b " * 10_000, "b a " * 10_000),
        ("a" * 40_000, "b" * 40_000),
        ("a\n" * 20_000, "b\n" * 20_000),
        (" ".join(map(str, range(7_000))), " ".join(map(str, range(7_000, 0, -1)))),
        ("." * 40_000, "!" * 40_000),
    ],
)
def test_40_000_characters_take_less_than_two_seconds(before: str, after: str) -> None:
    start = time.thread_time()
    found = segments(before, after)
    assert time.thread_time() - start < 2
    assert "".join(text for op, text in found if op != "ins") == before

"""Word diffs: right for every pair of texts, readable, and quick on texts made to be slow."""

import re

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from tests.processor_time import cost
from webapp.text import diff
from webapp.text.diff import Segment, inline, matching_blocks, segments, side_by_side

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
CLUSTER = regex.compile(r"\X")
WORDS = st.lists(
    st.sampled_from(["a", "b", "the", " ", "\n", ".", "e\u0301", "\u0301", FAMILY, "\r\n", "日本", "🇩🇪"]), max_size=30
).map("".join)


@given(WORDS, WORDS)
def test_the_segments_join_to_both_texts(before: str, after: str) -> None:
    found = segments(before, after)
    assert "".join(text for op, text in found if op != "ins") == before
    assert "".join(text for op, text in found if op != "del") == after


@given(WORDS, WORDS)
def test_no_grapheme_cluster_is_cut(before: str, after: str) -> None:
    found = segments(before, after)
    for text, other in ((before, "ins"), (after, "del")):
        shown = [cluster for op, part in found if op != other for cluster in CLUSTER.findall(part)]
        assert shown == CLUSTER.findall(text)


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_matching_blocks_are_equal_and_in_order(before: list[str], after: list[str]) -> None:
    *blocks, end = matching_blocks(before, after)
    assert end == (len(before), len(after), 0)
    start = to = 0
    for place, other, count in blocks:
        assert (place, other) >= (start, to)
        assert count > 0
        start, to = place + count, other + count
        assert before[place:start] == after[other:to]


def test_paragraphs_are_compared_each_by_itself() -> None:
    before = "The first one.\n\nThe second stays.\n\nThe third one."
    assert [op for op, _ in segments(before, before.replace("one", "1"))] == ["same", "del", "ins"] * 2 + ["same"]


def test_scripts_without_blanks_are_compared_by_characters() -> None:
    assert Segment("del", "書") in segments("日本の文書です", "日本の文です")


def test_the_two_columns_show_one_side_each() -> None:
    left, right = side_by_side("the old house", "the new house")
    assert ("<del>" in left, "<ins>" in left, "<del>" in right, "<ins>" in right) == (True, False, False, True)


def test_a_changed_word_is_told_from_its_neighbours() -> None:
    assert segments("the old house", "the new house") == (
        Segment("same", "the "),
        Segment("del", "old"),
        Segment("ins", "new"),
        Segment("same", " house"),
    )


def test_a_rewritten_sentence_is_one_change() -> None:
    assert segments("one two three.", "vier five six.") == (
        Segment("del", "one two three"),
        Segment("ins", "vier five six"),
        Segment("same", "."),
    )


def test_equal_texts_have_no_change() -> None:
    assert segments("same", "same") == (Segment("same", "same"),)
    assert segments("", "") == ()


def test_html_is_escaped_and_named_for_screen_readers() -> None:
    shown = inline("a <b>", "a <i>")
    assert "<b>" not in shown
    assert "removed: " in shown
    assert '<ins><span class="visually-hidden">added: </span>i<' in shown


def test_a_line_end_that_came_can_be_seen() -> None:
    assert "¶\n" in inline("one two", "one\n two")


def test_long_unchanged_parts_are_left_out() -> None:
    shown = inline("x" + " word" * 500 + " end", "y" + " word" * 500 + " end")
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
        (".!" * 20_000, "!." * 20_000),
        ("x" + ".!" * 19_999, ".!" * 19_999 + "y"),
    ],
)
def test_40_000_characters_take_no_more_than_a_moment(before: str, after: str) -> None:
    assert cost(lambda: segments(before, after)) < 200
    found = segments(before, after)
    assert "".join(text for op, text in found if op != "ins") == before


def test_what_follows_very_many_changes_counts_as_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diff, "MAX_CHANGES", 40)
    before, after = (" ".join(f"{sign}{n} stays{n}" for n in range(100)) + "." for sign in ("before", "after"))
    found = segments(before, after)
    assert sum(op != "same" for op, _ in found) == 40 + 2
    assert (found[0], found[-1]) == (Segment("del", "before0"), Segment("same", " stays99."))
    assert "".join(text for op, text in found if op != "ins") == before
    assert "".join(text for op, text in found if op != "del") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("I don’t know", "I doesn’t know"),
        ("\U0001f44d\U0001f3fb", "\U0001f44d\U0001f3ff"),
        ("\U0001f1e9\U0001f1ea", "\U0001f1eb\U0001f1f7"),
        ("1,000.50 Euro", "1,000.75 Euro"),
        ("cafe\u0301", "cafe\u0300"),
        ("a state-of-the-art site", "a state-of-the-nation site"),
        ("they co\u00adoperate", "they co\u00adordinate"),
        ("the UTF\u20118 text", "the UTF\u201116 text"),
        ("l‘été, rock‐pop", "l‘été, rock‐folk"),
        ("paral·lel", "paral·lels"),
        ("צה״ל בית־ספר", "צה״ל בית־כנסת"),
    ],
)
def test_a_word_and_what_is_seen_as_one_sign_are_changed_whole(before: str, after: str) -> None:
    changed = [part.text for part in segments(before, after) if part.op != "same"]
    assert changed == [
        next(word for word in before.split() if word not in after.split()),
        next(word for word in after.split() if word not in before.split()),
    ]


@pytest.mark.parametrize("word", ["wordy ", "\U0001f468\u200d\U0001f469\u200d\U0001f467 ", "e\u0301e\u0301e\u0301 "])
def test_what_is_left_out_ends_between_words(word: str) -> None:
    text = word * 200
    shown = re.split(r"<span.*?</span>", str(inline(f"a {text}b", f"c {text}d")))
    around = "".join(shown)
    assert len(around) < len(text)
    assert set(re.sub(r"<[^>]*>", " ", around).split()) <= {"a", "b", "c", "d", word.strip()}

"""What counts as a word of a text, and where words stand in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readmodel.search import terms_of
from readmodel.tokenizer import MAX_WORD_CHARS, match_spans, wanted_in, words_in
from tests.processor_time import cost


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The cat, the CAT", ["the", "cat"]),
        ("c++ and C# by o'neil, O’Neil", ["c++", "and", "c#", "by", "oneil"]),
        ("Café cafe\u0301 ＣＡＦＥ", ["cafe"]),
        ("Größe ΣΑΣ ﬁne", ["grosse", "σασ", "fine"]),
        ("a b c 1 22", ["22"]),
        ("ท++", ["ท"]),
        ("see https://www.example.org/some_page?b=two#d now", ["see", "example", "org", "some", "page", "two", "now"]),
        ("ftp://x.test/caf%C3%A9", ["test", "cafe"]),
        ("_word_ __init__ snake_case", ["word", "init", "snake", "case"]),
        ("l’été d'Artagnan", ["lete", "dartagnan", "ete", "artagnan"]),
        ("Łódź smørrebrød Đakovo Guðrún", ["lodz", "smorrebrod", "dakovo", "gudrun"]),
        ("æther œuvre Þór ısı İstanbul", ["aether", "oeuvre", "thor", "isi", "istanbul"]),
        ("r&d, AT&T; Q&A i/o and/or", ["rd", "att", "qa", "io", "and", "or"]),
        ("M&M's, AT&T’s r&d's", ["mms", "atts", "rds", "mm", "att", "rd"]),
        ("U.S.A. (U.K.) J.R.R. Tolkien, 1.5.2 e.x.t.r.a", ["usa", "uk", "jrr", "tolkien", "extra"]),
        ("the U.S.’s, l'U.R.S.S.", ["the", "uss", "lu", "urss", "us"]),
        ("Node.js t.co a..b .a.b", ["node", "js", "co"]),
        ("Hawaiʻi Qurʾān ʿAlī Kaʽb ʼn", ["hawaii", "quran", "ali", "kab"]),
        ("www.example.com WWW.example.org/x https://www.www.de", ["example", "com", "org", "www", "de"]),
        ("the www, www.de", ["the", "www", "de"]),
        ("https://XN--bcher-kva.example/a xn--bcher-kva.org", ["bucher", "example", "org"]),
        ("xn--, xn--999999999999 xn--a-\u00e9", ["xn", "999999999999"]),
        ("日本語 猫", ["日本", "本語", "語", "猫"]),
        ("ภาษา हिन्दी 한국어", ["ภา", "าษ", "ษา", "า", "हिन्दी", "한국", "국어", "어"]),
        ("x" * 99, ["x" * MAX_WORD_CHARS]),
        ('" % _ \0 \\ -- ;', []),
        ("", []),
    ],
)
def test_words_are_what_people_would_type_to_find_it(text: str, words: list[str]) -> None:
    assert list(words_in(text)) == words


def test_every_word_of_a_long_text_counts() -> None:
    assert list(words_in(" ".join(f"w{n}" for n in range(5_000)))) == [f"w{n}" for n in range(5_000)]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("l’été", ["ete"]),
        ("r&d", ["rd"]),
        ("o'neil", ["oneil"]),
        ("M&M's AT&T’s", ["mm", "att"]),
        ("U.S.A.’s, L'U.R.S.S.", ["usa", "urss"]),
        ("m&ms", ["mms"]),
        ("U.S.A.", ["usa"]),
        ("u.s.a", ["usa"]),
    ],
)
def test_a_query_asks_for_words_without_article_and_possessive(query: str, words: list[str]) -> None:
    assert list(wanted_in(query)) == words


@given(st.text(), st.text(alphabet="aß'’ İﬁé日本ทي\u0301#+/:_Σς"))
def test_a_word_found_is_found_again_by_itself(first: str, second: str) -> None:
    for word in words_in(first, second):
        assert word in words_in(word)
        assert len(word.encode("utf-16-le")) // 2 <= 2 * MAX_WORD_CHARS
        assert word == word.strip()


@pytest.mark.parametrize(
    "text",
    [
        "ﷺ" * 40_000,
        "a" * 40_000,
        "a://" * 10_000,
        "日" * 40_000,
        "'" * 40_000,
        "+" * 40_000,
        "a." * 20_000,
        "xn--" * 10_000,
        "www." * 10_000,
        "a&" * 20_000,
    ],
)
def test_a_hostile_text_costs_no_more_than_its_length(text: str) -> None:
    assert cost(lambda: words_in(text)) < 100
    assert cost(lambda: list(match_spans(text[:5_000], lambda word: word.startswith("x")))) < 100


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("Café, and tea", {"cafe"}, ["Café"]),
        ("O’Neil wrote c++", {"oneil", "c++"}, ["O’Neil", "c++"]),
        ("L'ete, l’été!", {"ete"}, ["L'ete", "l’été"]),
        ("the U.S.A., é U.S.A", {"usa"}, ["U.S.A", "U.S.A"]),
        ("in u.s.a or a U.S.A.", {"usa"}, ["u.s.a", "U.S.A"]),
        ("M&M's, AT&T’s", {"mms", "att"}, ["M&M's", "AT&T’s"]),
        ("the U.S.'s, l’U.R.S.S.", {"us", "urss"}, ["U.S.'s", "l’U.R.S.S"]),
        ("M&M's and AT&T's", {"mm", "att"}, ["M&M's", "AT&T's"]),
        ("our r&d, c_d snake_case", {"rd", "case"}, ["r&d", "case"]),
        ("これは日本語です", {"日本", "本語"}, ["日本語"]),
        ("nothing here", {"else"}, []),
    ],
)
def test_places_are_those_of_the_wanted_words(text: str, wanted: set[str], found: list[str]) -> None:
    assert [text[start:end] for start, end in match_spans(text, wanted.__contains__)] == found


@given(text=st.text("abs'_+# \n.é", max_size=40), query=st.text("abs'+.é ", min_size=1, max_size=8))
def test_looking_only_where_a_wanted_word_may_begin_misses_none(text: str, query: str) -> None:
    terms = terms_of(query)
    if terms is not None:
        assert list(match_spans(text, terms.matches, terms.beginnings)) == list(match_spans(text, terms.matches))

"""Mentions, tags and words of a text are those of its page, whatever the source looks like."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from prose.names import is_tag, tag_key
from prose.reading import parsed, read, read_title
from readmodel.tokenizer import words_in


@pytest.mark.parametrize(
    ("text", "handles"),
    [
        ("@Ann and @ann, @bob-c.", ("ann", "bob-c")),
        ("Type ``` to open. Thanks @mira", ("mira",)),
        ("_@mira_ **@ann**, ~~@bob~~", ("mira", "ann", "bob")),
        ("(@ann) @ann's @bob: @cy! “@dan”", ("ann", "bob", "cy", "dan")),
        ("你好@mira，@ann님 @bob你好", ("mira", "ann", "bob")),
        ("# @ann\n\n| @bob |\n|-|\n| @cy |\n\n1. @dan", ("ann", "bob", "cy", "dan")),
        ("~~~\n@mira\n~~~", ()),
        ("    @mira\n\n\t@mira", ()),
        ("``a ` @mira``", ()),
        ("`over\nlines @mira`", ()),
        ("```\n@mira\n``` ", ()),
        ("@mira@example.social mira@example.org", ()),
        ("@mira/core @mira.example @mira:example.org @mira#1234", ()),
        ("@_@ (@_@) @-@ @@twice \\@mira &#64;mira", ()),
        ("@mirä @mira\u0301 @" + "x" * 41, ()),
        ("[@mira](https://x.test) ![@mira](x.png) <https://x.test/@mira> https://x.test/@mira", ()),
        ("> @mira said\n\n> > @ann", ()),
        ("> @mira said\n\n@ann agrees", ("ann",)),
        ("@mira・@ann・田中 · @bob · @cy·com", ("mira", "ann", "bob")),
        ("[" * 1_001 + " @mira", ()),
    ],
)
def test_those_are_mentioned_whom_the_page_links_outside_of_quotations(text: str, handles: tuple[str, ...]) -> None:
    assert read(text).mentions == handles


def test_people_in_a_quotation_are_linked() -> None:
    assert read("> @mira said\n\n@ann").people == ("mira", "ann")


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#One and #one", ("one",)),
        ("# Heading\n#heading", ("heading",)),
        ("    #include\n\n[top](#top) <https://x.test/#frag> https://x.test/#frag https://x.test#frag", ()),
        ("~~~\n#include\n~~~ ", ()),
        ("\\#tag &#35;tag a#b #1 #2024 #3d #_x", ()),
        ("#a #é #e\u0301 #日", ()),
        ("#ab _#tag_ **#bold**", ("ab", "tag", "bold")),
        ("#हिन्दी #क्या", ("हिन्दी", "क्या")),
        ("#مُحَمَّد #می‌خواهم", ("مُحَمَّد", "می‌خواهم")),
        ("#cafe\u0301 #ＦＵＬＬ #größe", ("café", "full", "grösse")),
        ("#snake_case #foo\\_bar #col·lecció", ("snake_case", "foo_bar", "col·lecció")),
        ("参见#东京。#日本・#中国", ("东京", "日本", "中国")),
        ("#צה״ל #ג׳ירפה #בית׳ #״צה", ("צה״ל", "ג׳ירפה", "בית")),
        ("#བོད་ཡིག་ #ジョン・スミス #ｼﾞｮﾝ･ｽﾐｽ", ("བོད་ཡིག", "ジョン・スミス")),
        ("#İstanbul #istanbul #I\u0307STANBUL", ("istanbul",)),
        ("#https://x.test/a #HTTP://x #ftp://x", ()),
        ("#poll: yes? #poll:no #poll/maybe", ("poll",)),
        ("#" + "x" * 51 + " #ﷺ", ()),
    ],
)
def test_tags_are_whole_words_that_the_page_links(text: str, tags: tuple[str, ...]) -> None:
    assert read(text).tags == tags


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("_word_ __init__ ***all***", "word init all"),
        ("**bo**ld R&amp;D don\\'t", "bold rd dont"),
        ("[shown](https://hidden.test/path) ![alt words](hidden.png)", "shown alt words"),
        ("```hidden\ncode\n```\n\n    more", "code more"),
        ("[ref]\n\n[ref]: https://hidden.test 'hidden'", "ref"),
        ("|head|\n|-|\n|cell|", "head cell"),
        ("https://example.org/some_path", "example org some path"),
    ],
)
def test_words_are_those_that_the_page_shows(text: str, words: str) -> None:
    assert list(words_in(read(text).words)) == words.split()


@settings(max_examples=300)
@given(st.text(alphabet="ab12.'_*->+=!:;/<é \n\t", max_size=60))
@example("1'_1_")
@example("1'*1*")
@example("_1+_+")
def test_what_is_read_without_the_parser_has_the_same_words(text: str) -> None:
    assert read(text)[:3] == parsed(text)[:3]
    assert set(words_in(read(text).words)) == set(words_in(parsed(text).words))


def test_a_title_is_plain_text() -> None:
    assert read_title("For @Ada: `@bob` #Ünï in https://x.test/@cy#top \\#no").mentions == ("ada", "bob")
    assert read_title("For @Ada: `@bob` #Ünï in https://x.test/@cy#top \\#no").tags == ("ünï",)


@pytest.mark.parametrize(
    "title",
    [
        "[x](#frag)",
        "[x]( #frag )",
        "see [x](<#frag>) and ![y](#frag)",
        '[x](#frag "words")',
        "[x](@mira)",
        "#https://x.test",
    ],
)
def test_what_a_link_in_a_title_leads_to_is_no_name(title: str) -> None:
    assert read_title(title)[:3] == ((), (), ())
    assert read_title(f"{title} (#tag) [#other] [@ann]")[1:3] == (("ann",), ("tag", "other"))


@settings(max_examples=50)
@given(st.text(), st.text(alphabet="#aßẞİIi\u0307ﬁ`\n /&_1ΣςᾳǅÅ\u0301\u200c"))
def test_a_tag_found_is_a_tag_that_can_be_asked_for(title: str, body: str) -> None:
    for tag in (*read_title("#" + title).tags, *read(body).tags):
        assert tag_key(tag) == tag
        assert is_tag(tag)
        assert tag.split() == [tag]

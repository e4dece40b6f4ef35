"""Bare addresses are links as they were typed, and end where their sentence goes on."""

import pytest
from markdown_it.token import Token

from prose.parser import make_parser
from tests.processor_time import cost

PARSER = make_parser()


def links(text: str) -> list[tuple[str, str]]:
    """Where each leads, and its words."""
    children: list[Token] = [child for token in PARSER.parse(text) for child in token.children or []]
    return [
        (str(child.attrs["href"]), children[at + 1].content)
        for at, child in enumerate(children)
        if child.type == "link_open"
    ]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("see https://x.test/a_b_c*d*~e~~f~~ there", "https://x.test/a_b_c*d*~e~~f~~"[:-2]),
        ("https://x.test/a_b\\\nnext line", "https://x.test/a_b"),
        ("https://x.test/__init__.py", "https://x.test/__init__.py"),
        ("https://x_y.x.test/snake_case_name", "https://x_y.x.test/snake_case_name"),
        ("**https://x.test/a_b** bold", "https://x.test/a_b"),
        ("_https://x.test/a_b_", "https://x.test/a_b"),
        ("*https://x.test/a*—then", "https://x.test/a"),
        ("~~https://x.test/~user~~", "https://x.test/~user"),
        ("https://x.test/a\\_b?a=1&amp;b=2", "https://x.test/a_b?a=1&b=2"),
        ("(https://x.test/a_(b)).", "https://x.test/a_(b)"),
        ("参见https://x.test/a。然后", "https://x.test/a"),
        ("（https://x.test/a），「https://x.test」", "https://x.test/a"),
        ("访问https://x.test看看", "https://x.test"),
        ("https://x.test/路径/页 x", "https://x.test/路径/页"),
        ("“https://x.test/a”, «b»", "https://x.test/a"),
        ("انظر https://x.test/a، ثم", "https://x.test/a"),
        ("https://例え.jp/a、b", "https://例え.jp/a"),
        ("https://x.test/`code`", "https://x.test/"),
    ],
)
def test_an_address_is_a_link_as_it_was_typed(text: str, address: str) -> None:
    assert links(text)[0] == (address, address)


def test_a_scheme_may_be_in_capitals() -> None:
    assert links("Https://x.test HTTP://X.test/A") == [
        ("https://x.test", "Https://x.test"),
        ("http://X.test/A", "HTTP://X.test/A"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "https://",
        "https://x.test:0/a",
        "https://xn--a.test",
        "http://.",
        "http://[::1/x",
        "https://a@b.test",
        "xhttps://x.test",
        "ahttps://x",
        "https://a..b",
    ],
)
def test_what_leads_nowhere_is_no_link(text: str) -> None:
    assert links(text) == []


def test_an_address_in_the_words_of_a_link_keeps_its_signs() -> None:
    assert links("[see https://x.test/a_b_c](https://y.test)") == [("https://y.test", "see https://x.test/a_b_c")]
    assert links("[https://x.test](https://y.test) https://z.test") == [
        ("https://y.test", "https://x.test"),
        ("https://z.test", "https://z.test"),
    ]


@pytest.mark.parametrize("sign", ["\u202e", "&#x202e;", "%E2%80%AE", "&#x2066;", "%e2%81%a6"])
def test_what_turns_the_direction_is_not_shown_in_an_address(sign: str) -> None:
    for text in (f"https://x.test/{sign}gnp.exe", f"<https://x.test/{sign}gnp.exe>", f"<mailto:x@y.test?{sign}>"):
        for address, shown in links(text):
            assert not {"\u202e", "\u2066"} & {*address, *shown}
            assert shown.isascii()


@pytest.mark.parametrize("text", ["https://" * 5_000, "https://a" * 4_000, "https://]" * 4_000, "*https://a*" * 3_600])
def test_hostile_addresses_cost_no_more_than_their_length(text: str) -> None:
    assert cost(lambda: links(text)) < 200

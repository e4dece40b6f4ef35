"""Markdown: what people mean is kept, what could hurt is not, and nothing takes long."""

import pytest

from tests.processor_time import cost
from webapp.text.languages import lang_attribute
from webapp.text.markdown import plain, render, title
from webapp.text.syntax import LANGUAGES

N = 40_000


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("*a* **b** ~~c~~", "<em>a</em> <strong>b</strong> <s>c</s>"),
        ("# Title", "<h2>Title</h2>"),
        ("###### Deep", "<h2>Deep</h2>"),
        ("## A\n\n#### B\n\n## C", "<h2>A</h2>\n<h3>B</h3>\n<h2>C</h2>"),
        ("### A\n\n# B\n\n## C", "<h2>A</h2>\n<h2>B</h2>\n<h3>C</h3>"),
        ("`x < y`", "<code>x &lt; y</code>"),
        ("> said", "<blockquote>"),
        ("|a|\n|-:|\n|1|", '<td class="to-right">1</td>'),
        ("[x](https://x.org)", '<a href="https://x.org" rel="nofollow ugc noopener">x</a>'),
        (
            "see https://x.org/a_(b).",
            '<a href="https://x.org/a_(b)" rel="nofollow ugc noopener">https://x.org/a_(b)</a>.',
        ),
        ("(https://x.org)", '(<a href="https://x.org"'),
        ("#Python!", '<a href="/?tag=python"'),
        ("thanks @Ada.", '<a href="/@ada" rel="nofollow ugc noopener">@Ada</a>.'),
        (
            "![a cat](https://x.org/c.png)",
            '<a class="image" href="https://x.org/c.png" rel="nofollow ugc noopener">a cat</a>',
        ),
        (
            "[![a cat](https://x.org/c.png)](https://x.org)",
            '<a href="https://x.org" rel="nofollow ugc noopener">a cat</a>',
        ),
    ],
)
def test_what_people_mean(typed: str, shown: str) -> None:
    assert shown in without_directions(typed)


@pytest.mark.parametrize(
    "typed", ["#1", "a#b", "me@example.org", "`#code @code https://code`", "\\#", "https://", "http://."]
)
def test_what_is_no_link(typed: str) -> None:
    assert "<a" not in render(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&colon;alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "![x](javascript:alert(1))",
        "<javascript:alert(1)>",
        '[x](https://x.org "onmouseover=alert(1)")',
        '<div hx-get="/logout" hx-trigger="load">',
        '[x]: https://x.org "\\" onclick=alert(1)"\n[x]',
        "```html\n<script>alert(1)</script>\n```",
        'https://x.org/"onmouseover=alert(1)',
        "<style>*{display:none}</style>",
        '<form action="/logout"><button>x</button></form>',
    ],
)
def test_what_could_hurt_is_shown_as_text(typed: str) -> None:
    from html.parser import HTMLParser

    allowed = {"href", "rel", "title", "class", "tabindex", "dir"}
    found: list[tuple[str, str | None]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag in {"a", "p", "pre", "code", "span"}
            found.extend(attrs)

    Reader().feed(render(typed))
    assert {name for name, _ in found} <= allowed
    assert not [value for name, value in found if name == "href" and not str(value).startswith("https://x.org")]


def without_directions(typed: str) -> str:
    return render(typed).replace(' dir="auto"', "")


def test_each_block_goes_its_own_way() -> None:
    shown = render("# a\n\nb\n\n> c\n\n- d\n\n1. e\n\n|f|\n|-|\n|g|")
    for tag in ("h2", "p", "blockquote", "ul", "ol", "li", "table", "th", "td"):
        assert f'<{tag} dir="auto">' in shown
    assert "dir" not in render("```\nx\n```")


def test_a_mention_of_nobody_is_no_link() -> None:
    assert render("@Ada and @nobody", people={"ada"}) == (
        '<p dir="auto"><a href="/@ada" rel="nofollow ugc noopener">@Ada</a> and @nobody</p>\n'
    )


def test_a_title_links_whom_it_mentions_and_the_rest_to_its_link() -> None:
    assert title("Ask @Ada <b>", people={"ada"}) == 'Ask <a href="/@ada">@Ada</a> &lt;b&gt;'
    assert title("Ask @Ada", "https://x.test", {"eve"}) == (
        '<a href="https://x.test" rel="nofollow ugc noopener">Ask @Ada</a>'
    )
    assert title("Ask @Ada", "https://x.test", {"ada"}).endswith('>Ask </a><a href="/@ada">@Ada</a>')


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("これは日本語です", "ja"),
        ("한국어 글 ok", "ko"),
        ("שלום עולם", "he"),
        ("中文的题目", "zh"),
        ("abc ו", ""),
        ("مرحبا", ""),
    ],
)
def test_a_language_is_known_by_its_script(text: str, language: str) -> None:
    assert lang_attribute(text) == (f' lang="{language}"' if language else "")


HOSTILE = {
    "brackets": "[" * N,
    "images": "![" * (N // 2),
    "some brackets": "[" * 999 + "a*" * 19_000,
    "some images": "![" * 999 + "_a_ " * 9_000,
    "stars": "*" * N,
    "emphasis": "*_" * (N // 2),
    "half emphasis": "**a *" * (N // 5),
    "quotes": ">" * N,
    "lists": "- " * (N // 2),
    "backticks": " ".join("`" * i for i in range(1, 280)),
    "a wide table": "a|" * 200 + "\n" + "-|" * 200 + "\n" + "|\n" * 19_000,
    "a narrow table": "a|" * 20 + "\n" + "-|" * 20 + "\n" + "|\n" * 450,
    "tables": "a|b\n-|-\nc|d\n" * (N // 12),
    "schemes": "a://" * (N // 4),
    "addresses": "https://a " * (N // 10),
    "brackets after an address": "https://a" + ")" * N,
    "names": "@a #b " * (N // 6),
    "a long name": "@" + "a-" * (N // 2),
    "entities": "&#x1;" * (N // 6),
    "headings": "# a\n" * (N // 4),
    "java": "```java\n" + "\n" * 2_450 + "```",
    "much java": ("```java\n" + "\n" * 1_200 + "```\n") * 20,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_40_000_hostile_characters_take_no_more_than_a_moment(kind: str) -> None:
    assert cost(lambda: render(HOSTILE[kind][:N])) < 400


def test_what_costs_too_much_is_shown_as_typed() -> None:
    assert render("[" * N) == f'<p class="preformatted" dir="auto">{"[" * N}</p>'
    assert "&lt;b&gt;" in render("[" * N + "<b>")


def test_code_is_coloured_by_classes() -> None:
    assert '<span class="k">def</span>' in render("```python\ndef f(): ...\n```")
    assert '<pre tabindex="0"><code>&lt;b&gt;\n</code></pre>' in render("```nothing\n<b>\n```")
    assert "<span" not in render("```python\n" + "x = 1\n" * 600 + "```")


def test_every_language_has_a_lexer() -> None:
    from pygments.lexers import get_lexer_by_name

    for language in LANGUAGES:
        get_lexer_by_name(language)


def test_plain_is_the_words_on_one_line() -> None:
    assert plain("# Hi\n\nsome *words*, `code`\nand [a link](https://x.org) ![cat](c.png)\n\n- one", 100) == (
        "Hi some words, code and a link cat one"
    )


def test_plain_ends_at_a_word() -> None:
    assert plain("one two three four", 10) == "one two …"
    assert plain("x" * 50, 10) == "xxxxxxxxx …"
    assert plain("", 10) == ""
    assert len(plain("[" * N, 240)) <= 242


@pytest.mark.parametrize("typed", ["", " ", "\n", "\u202eabc", "😀" * 5, "\ufeff"])
def test_odd_text_renders(typed: str) -> None:
    assert isinstance(plain(typed, 100), str)
    render(typed)

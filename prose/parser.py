"""The site's Markdown: CommonMark with tables, struck text, bare addresses, #tags and @handles."""

from markdown_it import MarkdownIt

from domain.web_address import with_formatting_encoded

from . import addresses, names

MAX_BRACKETS, MAX_CELLS = 1_000, 10_000
"""More than this costs the parser over a second on 40,000 characters (tests/webapp/text/test_markdown.py)."""


def make_parser() -> MarkdownIt:
    """A parser that gives tokens of its own for mentions and tags (names.py); pages add how things look."""
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    of_link = parser.normalizeLinkText
    parser.normalizeLinkText = lambda link: with_formatting_encoded(of_link(link))  # type: ignore[method-assign]
    parser.inline.ruler.before("escape", "addresses", addresses.rule)
    parser.core.ruler.before("text_join", "names", names.rule)
    return parser


def is_costly(text: str) -> bool:
    """Whether a text was made to be slow. It is shown as typed, with nothing in it that is a link."""
    if text.count("[") > MAX_BRACKETS:
        return True
    lines = text.split("\n")
    return len(lines) * max(line.count("|") for line in lines) > MAX_CELLS

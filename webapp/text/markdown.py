"""What people write becomes HTML here: CommonMark with tables, struck text, addresses, #tags and @handles as links.

Raw HTML is shown as text, the result is sanitised all the same, and input made to be slow is shown as typed.
"""

from functools import lru_cache
from typing import Any

import nh3
from flask_babel import gettext
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup, escape

from . import autolinks, syntax

DEEPEST_HEADING = 6
BRACKETS, CELLS = 1_000, 10_000
"""More than this costs the parser over a second on 40,000 characters (tests/webapp/text/test_markdown.py)."""

_TAGS = {
    "a", "blockquote", "br", "code", "div", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s",
    "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title", "class"},
    "div": {"class", "tabindex", "role", "aria-label"},
    "ol": {"start"},
    "pre": {"tabindex"},
    "span": {"class"},
    "td": {"class"},
    "th": {"class"},
}


def render(text: str, shift: int = 1) -> Markup:
    """Safe HTML. shift: how many levels headings go down, so that the page's own stay above them."""
    return _rendered(text, shift, gettext("Table") if "|" in text else "", gettext("image") if "![" in text else "")


@lru_cache(maxsize=1024)
def _rendered(text: str, shift: int, table: str, image: str) -> Markup:
    """table and image are the words that name one."""
    if _costly(text):
        return Markup('<p class="preformatted">%s</p>') % text
    return Markup(_sanitised(_PARSER.render(text, {"shift": shift, "table": table, "image": image})))


@lru_cache(maxsize=4096)
def plain(text: str, limit: int) -> str:
    """The words alone, on one line, cut at a word's end within limit characters."""
    start = text[: 4 * limit]
    said = start if _costly(start) else " ".join(_words(_PARSER.parse(start)))
    said = " ".join(said.split())
    if len(said) <= limit:
        return said if len(start) == len(text) else f"{said} …"
    return f"{said[: limit - 1].rpartition(' ')[0] or said[: limit - 1]} …"


def _costly(text: str) -> bool:
    if text.count("[") > BRACKETS:
        return True
    lines = text.split("\n")
    return len(lines) * max(line.count("|") for line in lines) > CELLS


def _sanitised(html: str) -> str:
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "ftp"},
        link_rel="nofollow ugc noopener",
    )


def _words(tokens: list[Token]) -> list[str]:
    """What a reader would read aloud: no code blocks, no addresses of images."""
    said = []
    for token in tokens:
        if token.type == "inline":
            said.append("".join(_word(child) for child in token.children or []))
    return said


def _word(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content if token.type in ("text", "code_inline", "image") else ""


def _headings(state: StateCore) -> None:
    """Moves headings right below the page's own, and leaves no level out: a screen reader walks along them."""
    found = [token for token in state.tokens if token.type in ("heading_open", "heading_close")]
    ranks = {tag: rank for rank, tag in enumerate(sorted({token.tag for token in found}), 1)}
    above = state.env.get("shift", 1)
    for token in found:
        level = min(ranks[token.tag] + state.env.get("shift", 1), above + 1, DEEPEST_HEADING)
        token.tag = f"h{level}"
        above = level


def _alignment(state: StateCore) -> None:
    """A column's alignment as a class: the policy of every page forbids style attributes."""
    for token in state.tokens:
        if token.type in ("th_open", "td_open") and (style := token.attrs.pop("style", None)):
            token.attrSet("class", f"to-{str(style).rpartition(':')[2]}")


def _image(renderer: RendererHTML, tokens: list[Token], index: int, options: Any, env: Any) -> str:
    """An image is a link to it: pages load nothing from elsewhere. Inside a link only its words are left."""
    token = tokens[index]
    words = renderer.renderInlineAsText(token.children, options, env) or env["image"]
    opened = sum(token.nesting for token in tokens[:index] if token.type.startswith("link_"))
    if opened or not token.attrs.get("src"):
        return str(escape(words))
    return str(Markup('<a class="image" href="%s">%s</a>') % (token.attrs["src"], words))


def _fence(_renderer: RendererHTML, tokens: list[Token], index: int, _options: Any, env: Any) -> str:
    token = tokens[index]
    language = (token.info.split() or [""])[0]
    env["code"] = env.get("code", 0) + len(token.content)
    coloured = syntax.highlight(token.content, language if env["code"] <= syntax.BUDGET else "")
    # It may scroll sideways, so it must be reachable by keyboard.
    return f'<pre tabindex="0"><code>{coloured}</code></pre>\n'


def _table_open(_renderer: RendererHTML, _tokens: list[Token], _index: int, _options: Any, env: Any) -> str:
    return f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(env["table"])}"><table>\n'


def _table_close(_renderer: RendererHTML, *_: Any) -> str:
    return "</table></div>\n"


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.core.ruler.push("headings", _headings)
    parser.core.ruler.push("alignment", _alignment)
    parser.core.ruler.push("links", autolinks.rule)
    parser.add_render_rule("image", _image)
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("code_block", _fence)
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", _table_close)
    return parser


_PARSER = _parser()

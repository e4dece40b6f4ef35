"""Texts as HTML that needs nothing but itself: no pictures, no scripts, links to the site by their whole address."""

from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup, escape

from prose import names
from prose.parser import is_costly, make_parser

_ELSEWHERE = ("http://", "https://", "mailto:", "ftp://")
_HEADINGS_DOWN, _DEEPEST_HEADING = 3, 6
"""A text stands below a heading of the third level."""


def render(text: str, base: str) -> Markup:
    """Of a body in Markdown; raw HTML is shown as text. base: the site's address, without a slash at its end."""
    if is_costly(text):
        return Markup('<p class="typed" dir="auto">%s</p>') % text
    return Markup(_PARSER.render(text, {"base": base}))


def _blocks(state: StateCore) -> None:
    """Each block goes the way that its first letter does; headings stand below the page's own."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + _HEADINGS_DOWN, _DEEPEST_HEADING)}"
        if token.nesting == 1:
            token.attrs.pop("style", None)
            token.attrSet("dir", "auto")


def _link(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    href = str(token.attrs.pop("href", ""))
    if href.startswith("/") and not href.startswith("//"):
        href = env["base"] + href
    if href.startswith(_ELSEWHERE):
        token.attrSet("href", href)
        token.attrSet("rel", "noreferrer noopener")
    return renderer.renderToken(tokens, index, options, env)


def _image(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Its words and its address, as text: the page loads nothing."""
    token = tokens[index]
    words = renderer.renderInlineAsText(token.children, options, env)
    return str(escape(f"{words} ({token.attrs.get('src', '')})".strip()))


def _mention(_renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, env: Any) -> str:
    address = f"{env['base']}/@{tokens[index].meta['key']}"
    return str(Markup('<a href="%s" rel="noreferrer noopener">%s</a>') % (address, tokens[index].content))


def _tag(_renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    return str(escape(tokens[index].content))


def _parser() -> MarkdownIt:
    parser = make_parser()
    parser.core.ruler.push("blocks", _blocks)
    parser.add_render_rule("link_open", _link)
    parser.add_render_rule("image", _image)
    parser.add_render_rule(names.MENTION, _mention)
    parser.add_render_rule(names.TAG, _tag)
    return parser


_PARSER = _parser()

"""What people write becomes HTML here: CommonMark with tables, struck text, addresses, #tags and @handles as links.

What is a link is said by prose/, by which read models read too. Raw HTML is shown as text, the result is sanitised all
the same, and input made to be slow is shown as typed.
"""

from collections.abc import Set
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import nh3
from flask_babel import gettext
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup, escape

from prose import names
from prose.parser import is_costly, make_parser
from prose.reading import names_in_title, read

from . import syntax

DEEPEST_HEADING = 6

_TAGS = {
    "a", "blockquote", "br", "code", "div", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s",
    "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"dir"},
    "a": {"href", "title", "class"},
    "div": {"class", "tabindex", "role", "aria-label"},
    "ol": {"start"},
    "pre": {"tabindex"},
    "span": {"class"},
    "td": {"class"},
    "th": {"class"},
}


_BLOCKS = frozenset({
    "paragraph_open", "heading_open", "blockquote_open", "bullet_list_open", "ordered_list_open", "list_item_open",
    "table_open", "th_open", "td_open",
})  # fmt: skip
"""Each goes its own way, right to left where its first letter does."""


def people_in(text: str) -> tuple[str, ...]:
    """Whom a text in Markdown would link, if they are there."""
    return read(text).people if "@" in text else ()


def render(text: str, shift: int = 1, people: Set[str] | None = None) -> Markup:
    """Safe HTML. shift: how many levels headings go down, so that the page's own stay above them.

    people: the handles that somebody has, all if None; a mention of nobody is no link.
    """
    words = gettext("Table") if "|" in text else "", gettext("image") if "![" in text else ""
    mentioned = frozenset(people_in(text))
    return _rendered(text, shift, *words, mentioned if people is None else mentioned & people)


@lru_cache(maxsize=1024)
def _rendered(text: str, shift: int, table: str, image: str, people: frozenset[str]) -> Markup:
    """table and image are the words that name one."""
    if is_costly(text):
        return Markup('<p class="preformatted" dir="auto">%s</p>') % text
    env = {"shift": shift, "table": table, "image": image, "people": people}
    return Markup(_sanitised(_PARSER.render(text, env)))


def title(text: str, href: str = "", people: Set[str] = frozenset()) -> Markup:
    """A title as its own page shows it: with links to whom it mentions, and all else as a link to href, if any."""
    pieces = Markup()
    end = 0
    for name in names_in_title(text):
        if name.kind == names.MENTION and name.key in people:
            pieces += _linked(text[end : name.start], href) + _linked(text[name.start : name.end], f"/@{name.key}")
            end = name.end
    return pieces + _linked(text[end:], href)


def _linked(words: str, href: str) -> Markup:
    if not href or not words:
        return escape(words)
    rel = Markup("") if href.startswith("/@") else Markup(' rel="nofollow ugc noopener"')
    return Markup('<a href="{}"{}>{}</a>').format(href, rel, words)


@lru_cache(maxsize=4096)
def plain(text: str, limit: int) -> str:
    """The words alone, on one line, cut at a word's end within limit characters."""
    start = text[: 4 * limit]
    said = start if is_costly(start) else " ".join(_words(_PARSER.parse(start)))
    said = " ".join(said.split())
    if len(said) <= limit:
        return said if len(start) == len(text) else f"{said} …"
    return f"{said[: limit - 1].rpartition(' ')[0] or said[: limit - 1]} …"


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
    return token.content if token.type in ("text", "code_inline", "image", names.MENTION, names.TAG) else ""


def _headings(state: StateCore) -> None:
    """Moves headings right below the page's own, and leaves no level out: a screen reader walks along them."""
    found = [token for token in state.tokens if token.type in ("heading_open", "heading_close")]
    ranks = {tag: rank for rank, tag in enumerate(sorted({token.tag for token in found}), 1)}
    above = state.env.get("shift", 1)
    for token in found:
        level = min(ranks[token.tag] + state.env.get("shift", 1), above + 1, DEEPEST_HEADING)
        token.tag = f"h{level}"
        above = level


def _directions(state: StateCore) -> None:
    for token in state.tokens:
        if token.type in _BLOCKS:
            token.attrSet("dir", "auto")


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


def _mention(_renderer: RendererHTML, tokens: list[Token], index: int, _options: Any, env: Any) -> str:
    handle, words = tokens[index].meta["key"], tokens[index].content
    return _anchor(f"/@{handle}", words) if handle in env["people"] else str(escape(words))


def _tag(_renderer: RendererHTML, tokens: list[Token], index: int, _options: Any, _env: Any) -> str:
    return _anchor(f"/?tag={quote(tokens[index].meta['key'])}", tokens[index].content)


def _anchor(href: str, words: str) -> str:
    return str(Markup('<a href="%s">%s</a>') % (href, words))


def _fence(_renderer: RendererHTML, tokens: list[Token], index: int, _options: Any, env: Any) -> str:
    token = tokens[index]
    language = (token.info.split() or [""])[0]
    env["code"] = env.get("code", 0) + len(token.content)
    coloured = syntax.highlight(token.content, language if env["code"] <= syntax.BUDGET else "")
    # It may scroll sideways, so it must be reachable by keyboard.
    return f'<pre tabindex="0"><code>{coloured}</code></pre>\n'


def _table_open(_renderer: RendererHTML, _tokens: list[Token], _index: int, _options: Any, env: Any) -> str:
    return f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(env["table"])}"><table dir="auto">\n'


def _table_close(_renderer: RendererHTML, *_: Any) -> str:
    return "</table></div>\n"


def _parser() -> MarkdownIt:
    parser = make_parser()
    parser.core.ruler.push("headings", _headings)
    parser.core.ruler.push("alignment", _alignment)
    parser.core.ruler.push("directions", _directions)
    parser.add_render_rule(names.MENTION, _mention)
    parser.add_render_rule(names.TAG, _tag)
    parser.add_render_rule("image", _image)
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("code_block", _fence)
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", _table_close)
    return parser


_PARSER = _parser()

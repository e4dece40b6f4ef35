"""Code in posts, coloured by classes."""

from functools import lru_cache

from markupsafe import escape
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

BUDGET = 2_500
"""Characters of code coloured in one text. Lexers are quadratic on some input: 10,000 line ends in Java take 5 s."""

LANGUAGES = frozenset({
    "bash", "c", "c++", "clojure", "cpp", "cs", "csharp", "css", "diff", "elixir", "erlang", "fsharp", "go", "golang",
    "haskell", "hs", "html", "http", "ini", "java", "javascript", "js", "json", "kotlin", "lua", "ocaml", "php",
    "powershell", "python", "py", "rb", "ruby", "rs", "rust", "scala", "scheme", "sh", "sql", "swift", "toml", "ts",
    "typescript", "xml", "yaml", "yml", "zig",
})  # fmt: skip


def highlight(source: str, language: str) -> str:
    """Safe HTML of the code itself; just escaped where the language is unknown."""
    lexer = _lexer(language.lower())
    if lexer is None:
        return str(escape(source))
    return "".join(_formatted(lexer, source))


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer | None:
    if language not in LANGUAGES:
        return None
    try:
        return get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return None


def _formatted(lexer: Lexer, source: str) -> list[str]:
    lines = HtmlFormatter(nowrap=True).format_unencoded
    out = _Lines()
    lines(lexer.get_tokens(source), out)
    return out.written


class _Lines:
    """The part of a file that Pygments writes to."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def write(self, text: str) -> None:
        self.written.append(text)

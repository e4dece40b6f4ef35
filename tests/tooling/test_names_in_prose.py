"""What docstrings, comments and docs name is there by that name: files, modules, what is in them, what is raised."""

import builtins
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.forked import ROOT

PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
FOLDERS = [*PACKAGES, "bin", "docker", "docs", "static", "templates", "translations"]
SOURCES = [path for package in PACKAGES for path in sorted(ROOT.glob(f"{package}/**/*.py"))] + sorted(ROOT.glob("*.py"))
DOCS = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
FILE = re.compile(
    rf"(?<![\w/.<>-])(?:{'|'.join(FOLDERS)})/[\w./-]*\w\.(?:py|md|html|css|js|json|po)\b|docs/decisions/\d{4}\b"
)
DOTTED = re.compile(rf"(?<![\w/.`\"'-])(?:{'|'.join(PACKAGES)})(?:\.\w+)+\b(?!\()")
RAISED = re.compile(r"\bRaises ([^.;]*)")
CLASS = re.compile(r"\b[A-Z][a-z]\w+\b(?!['’])")
PLACEHOLDER = re.compile(r"/(?:test_)?x[./]|planted")
PROGRAMS = {"SQLite"}
"""Subjects of sentences that say what is raised."""


def prose_of(path: Path) -> Iterator[str]:
    """Docstrings and comments of a module."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and token.string.startswith('"""')):
            yield token.string


@cache
def names_in(path: Path) -> frozenset[str]:
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text()).readline)
    return frozenset(token.string for token in tokens if token.type == tokenize.NAME)


def stands(dotted: str) -> bool:
    """Whether it is a module or package, or what one of them names."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        folder = ROOT.joinpath(*parts[:length])
        module = folder.with_suffix(".py") if folder.with_suffix(".py").is_file() else folder / "__init__.py"
        if module.is_file():
            return length == len(parts) or parts[length] in names_in(module)
    return False


def test_files_that_prose_names_are_there() -> None:
    told = [(path, text) for path in SOURCES for text in prose_of(path)] + [(path, path.read_text()) for path in DOCS]
    named = [(path, name) for path, text in told for name in FILE.findall(text) if not PLACEHOLDER.search(name)]

    assert len(named) > 80
    assert [(str(path.relative_to(ROOT)), name) for path, name in named if not any(ROOT.glob(f"{name}*"))] == []


def test_modules_and_their_parts_that_docstrings_name_are_there() -> None:
    named = [(path, name) for path in SOURCES for text in prose_of(path) for name in DOTTED.findall(text)]

    assert len(named) > 20
    assert [(str(path.relative_to(ROOT)), name) for path, name in named if not stands(name)] == []


def test_what_docstrings_say_is_raised_is_a_name_of_the_code() -> None:
    known = PROGRAMS.union(dir(builtins), *map(names_in, SOURCES))
    said = [(path, raised) for path in SOURCES for text in prose_of(path) for raised in RAISED.findall(text)]
    named = [(path, name) for path, raised in said for name in CLASS.findall(raised)]

    assert len(named) > 100
    assert [(str(path.relative_to(ROOT)), name) for path, name in named if name not in known] == []

"""Keeps the message catalogues in step with the sources; bin/messages is how it is called.

English stands in the sources themselves, so there is no catalogue of it. Messages stand in the order of their files and
without line numbers: a catalogue changes when words do.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "translations"
SOURCES = {"domain": "*.py", "readmodel": "*.py", "webapp": "*.py", "templates": "*.html"}
ENGLISH_ONLY = frozenset({"webapp/api", "templates/api/docs.html"})
METHODS = {".py": "python", ".html": "jinja2"}
OPTIONS = {".py": {}, ".html": {"trimmed": "true", "newstyle_gettext": "true"}}
FIRST = (
    "BadRequest", "Conflict", "Forbidden", "HandleTaken", "KeyReused", "Locked", "NotClaimed", "NotFound", "Removed",
    "Sentence", "Suspended", "Unavailable", "WrongPassword", "lazy_gettext",
)  # fmt: skip
KEYWORDS: dict[str, Any] = {**DEFAULT_KEYWORDS, **dict.fromkeys(FIRST), "about_field": (2,), "refuse": (2,)}
"""Function → which of its arguments is a message; None: the first."""
_MARKS = re.compile(r"%\(\w+\)s|%%|\{\w*\}|<[^>]*>|[\[\]]")
"""What a translation holds as its source does: values, the marks of HTML, and [] around the words of a link."""


def extracted() -> Catalog:
    """Every message of the sources."""
    found = Catalog(project="Verbatim", charset="utf-8", fuzzy=False)
    for path in _files():
        name = path.relative_to(ROOT).as_posix()
        options = OPTIONS[path.suffix]
        for _, said, comments, context in extract_from_file(METHODS[path.suffix], path, KEYWORDS, options=options):
            found.add(said, None, [(name, 0)], auto_comments=comments, context=context)
    return found


def catalogues() -> dict[str, Path]:
    """Language → its file."""
    return {path.parent.parent.name: path for path in sorted(FOLDER.glob("*/LC_MESSAGES/messages.po"))}


def updated(path: Path, language: str, template: Catalog) -> Catalog:
    """The catalogue with every message of the sources and no other; what is new has no translation yet."""
    with path.open("rb") as text:
        catalogue = read_po(text, locale=language)
    catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    return catalogue


def written(catalogue: Catalog) -> bytes:
    text = BytesIO()
    write_po(text, catalogue, width=120, include_lineno=False, sort_by_file=True, ignore_obsolete=True)
    return text.getvalue()


def faults(catalogue: Catalog) -> Iterator[str]:
    """What keeps a catalogue from being whole, each as a line for people."""
    for message in catalogue:
        if not message.id:
            continue
        first = _forms(message.id)[0]
        if message.fuzzy:
            yield f"fuzzy: {first!r}"
        if not all(_forms(message.string)) or not message.string:
            yield f"not translated: {first!r}"
        else:
            yield from _differing(message)


def _differing(message: Message) -> Iterator[str]:
    """A plural may leave its number out in the form for one; nothing else may be left out, or come in."""
    wanted = Counter(_MARKS.findall(_forms(message.id)[-1]))
    for form in _forms(message.string):
        if Counter(_MARKS.findall(form)) != wanted or ('"' in form) > ('"' in _forms(message.id)[-1]):
            yield f"other values or marks than its source: {form!r}"


def _forms(said: Any) -> tuple[str, ...]:
    return tuple(said) if isinstance(said, tuple | list) else (said or "",)


def _files() -> Iterator[Path]:
    for folder, pattern in SOURCES.items():
        for path in sorted((ROOT / folder).rglob(pattern)):
            name = path.relative_to(ROOT)
            if not {name.as_posix(), *(one.as_posix() for one in name.parents)} & ENGLISH_ONLY:
                yield path


def _body(text: bytes) -> bytes:
    """Without the header, which names the version of what wrote it."""
    return text.partition(b"\n\n")[2]


def main(words: list[str]) -> int:
    template, failed = extracted(), False
    for language, path in catalogues().items():
        catalogue = updated(path, language, template)
        text = written(catalogue)
        said = list(faults(catalogue))
        if words == ["--check"] and _body(text) != _body(path.read_bytes()):
            said.insert(0, "not up to date with the sources: run bin/messages")
        elif not words:
            path.write_bytes(text)
        for fault in said:
            print(f"{language}: {fault}", file=sys.stderr)
        failed = failed or bool(said)
        print(f"{language}: {len(catalogue)} messages, {len(said)} faults")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

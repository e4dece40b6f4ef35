"""Each decision that code or documents refer to is there, and each that is there stands in the index."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
DECISIONS = ROOT / "docs" / "decisions"
REFERENCE = re.compile(r"decisions/(\d{4})|\((\d{4})\)(?!-)")
"""As code refers to one, and as they refer to each other: (0031)."""
SPOKEN_OF = (".py", ".md", ".html", ".js", ".css", ".toml", ".yml", ".sh")


def files() -> dict[str, Path]:
    return {path.name[:4]: path for path in sorted(DECISIONS.glob("[0-9]*.md"))}


def references() -> dict[str, set[str]]:
    """Number → the files that refer to it."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    found: dict[str, set[str]] = {}
    for name in listed:
        path = ROOT / name
        if not path.is_file() or (path.suffix and path.suffix not in SPOKEN_OF):
            continue
        among = path.read_text(encoding="utf-8", errors="replace")
        for explicit, bare in REFERENCE.findall(among):
            if explicit or path.parent == DECISIONS:
                found.setdefault(explicit or bare, set()).add(name)
    return found


def test_every_decision_that_is_referred_to_is_there() -> None:
    found = references()
    assert len(found) > 10
    assert {number: names for number, names in found.items() if number not in files()} == {}


def test_no_two_decisions_share_a_number() -> None:
    assert len(files()) == len(list(DECISIONS.glob("[0-9]*.md")))


def test_the_index_has_a_line_for_each_with_its_title() -> None:
    lines = re.findall(r"^\| \[(\d{4})\]\((\S+)\) \| (.+) \|$", (DECISIONS / "README.md").read_text(), re.MULTILINE)
    assert [number for number, _, _ in lines] == list(files())
    for number, name, title in lines:
        assert name == files()[number].name
        assert title

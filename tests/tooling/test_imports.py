"""Imports point one way, and each rule is shown to bite on a copy with a wrong import planted in it."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = [
    "cli",
    "domain",
    "eventstore",
    "operational",
    "projector",
    "readmodel",
    "server",
    "transfer",
    "webapp",
    "webhooks",
]
# import-linter takes no single-module roots, so these two rules are checked here.
ENTRY_POINTS = [
    "webapp/build.py",
    "webapp/wsgi.py",
    "cli/*.py",
    "server/healthcheck.py",
    "projector/__main__.py",
    "webhooks/__main__.py",
    "eventstore/relay/__main__.py",
]


def copy_of_the_code(folder: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / package / "__init__.py").touch()
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def wrong_imports(root: Path) -> list[str]:
    """Who imports `bootstrap` without being an entry point, or `config` without being bootstrap."""
    files = [path for package in PACKAGES for path in (root / package).rglob("*.py")] + list(root.glob("*.py"))
    return [
        f"{path.relative_to(root)} imports {module}"
        for path in sorted(files)
        for module in sorted(imported_roots(path) & {"bootstrap", "config"})
        if not allowed(path.relative_to(root), module)
    ]


def imported_roots(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def allowed(path: Path, module: str) -> bool:
    if module == "config":
        return path in (Path("bootstrap.py"), Path("operator_errors.py"))
    return any(path.match(pattern) for pattern in ENTRY_POINTS)


def test_the_code_as_it_is_keeps_every_rule(tmp_path: Path) -> None:
    result = lint_imports(copy_of_the_code(tmp_path))
    assert result.returncode == 0, result.stdout
    assert wrong_imports(ROOT) == []


@pytest.mark.parametrize(
    ("package", "wrong"),
    [
        ("domain", "eventstore"),
        ("domain", "readmodel"),
        ("domain", "sqlite3"),
        ("domain", "sqlalchemy"),
        ("domain", "flask"),
        ("eventstore", "readmodel"),
        ("eventstore", "flask"),
        ("readmodel", "eventstore"),
        ("readmodel", "pymongo"),
        ("readmodel", "flask"),
        ("operational", "flask"),
        ("projector", "webapp"),
        ("webapp", "projector"),
        ("webapp", "webhooks"),
        ("webhooks", "webapp"),
        ("webhooks", "flask"),
    ],
)
def test_a_planted_wrong_import_is_found(tmp_path: Path, package: str, wrong: str) -> None:
    code = copy_of_the_code(tmp_path)
    (code / package / "planted.py").write_text(f"import {wrong}\n")
    result = lint_imports(code)
    assert result.returncode == 1
    assert f"{package}.planted -> {wrong}" in result.stdout


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("domain/planted.py", "import bootstrap"),
        ("webapp/planted.py", "from bootstrap import build"),
        ("projector/planted.py", "def main():\n    import bootstrap"),
        ("webapp/planted.py", "import config"),
        ("webapp/wsgi.py", "from config import Settings"),
        ("planted.py", "import config"),
    ],
)
def test_a_planted_import_of_bootstrap_or_config_is_found(tmp_path: Path, path: str, line: str) -> None:
    code = copy_of_the_code(tmp_path)
    (code / path).write_text(line + "\n")
    module = "config" if "config" in line else "bootstrap"
    assert f"{path} imports {module}" in wrong_imports(code)

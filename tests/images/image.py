"""What an image holds, and what our code would read in it."""

import ast
import json
import re
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.stack.compose import ROOT
from tools.images.docker import docker

SITE, PROXY = "verbatim-site", "verbatim-proxy"
# As code names what it reads: ROOT / "templates", Path(__file__).resolve().parents[2] / "translations".
READ = re.compile(r"(?:\bROOT|\.parents\[\d\]|\.parent)\s*/\s*\"([\w.-]+)\"")


def run(*command: str) -> str:
    """What a command prints in a container of the site's image that has neither network nor rights."""
    options = ("--rm", "--network=none", "--cap-drop=ALL", "--read-only", f"--entrypoint={command[0]}")
    return docker("run", *options, SITE, *command[1:])


def files() -> frozenset[str]:
    """Every file below /app, but for what is compiled."""
    names = run("find", "/app", "-type", "f").splitlines()
    return frozenset(name.removeprefix("/app/") for name in names if "/__pycache__/" not in name)


def tracked() -> frozenset[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return frozenset(listed.stdout.splitlines())


def inspected(image: str) -> dict[str, Any]:
    [found] = json.loads(docker("image", "inspect", image))
    return dict(found)


def imported(modules: Mapping[str, str]) -> set[str]:
    """The names at the top of all that these modules import. modules: file → text."""
    return {name.partition(".")[0] for text in modules.values() for name in _imports(ast.parse(text))}


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module


def read(modules: Mapping[str, str]) -> set[str]:
    """The names of the files and folders that these modules open beside themselves."""
    return {name for text in modules.values() for name in READ.findall(text)}


def saved(image: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Each file of each layer, and what the image says of itself."""
    archive = folder / "image.tar"
    docker("save", "-o", str(archive), image)
    with tarfile.open(archive) as layers:
        for one in layers:
            if (content := layers.extractfile(one)) is None:
                continue
            if not one.name.endswith("layer.tar"):
                yield one.name, content.read()
                continue
            with tarfile.open(fileobj=content) as layer:
                for inner in layer:
                    if inner.isfile() and (inner_content := layer.extractfile(inner)) is not None:
                        yield f"{one.name}: {inner.name}", inner_content.read()
    archive.unlink()

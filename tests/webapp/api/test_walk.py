"""The walk in docs/api.md, run against a site of real processes: each block of shell, and what it says comes out."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.promises.conftest import Served

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[3] / "docs" / "api.md"
_BLOCKS = re.compile(r"```sh\n(.*?)```\n(?:```(?:json)?\n(.*?)```\n)?", re.DOTALL)
END = "~~~ end of block"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    site = Served(tmp_path_factory.mktemp("walk"))
    yield site
    assert site.supervisor.stop() == []


def test_the_walk_gives_what_it_says(site: Served):
    blocks = _BLOCKS.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) > 10
    script = "set -euo pipefail\n" + "".join(f"{shell}\necho; echo '{END}'\n" for shell, _ in blocks)
    script = script.replace("127.0.0.1:8000", f"127.0.0.1:{site.port}")
    script = script.replace("bin/verbatim", f"{sys.executable} -m cli")
    run = subprocess.run(
        ["bash", "-c", script], cwd=PAGE.parents[1], capture_output=True, text=True, timeout=300,
        env={**os.environ, "DATA_DIR": str(site.file.parent)}, check=False,
    )  # fmt: skip
    said = run.stdout.split(END)
    for (shell, expected), output in zip(blocks, said, strict=False):
        assert matches(expected, output), f"{shell}\ngave\n{output}\nnot\n{expected}\n{run.stderr}"
    assert run.returncode == 0, run.stdout + run.stderr


def matches(expected: str, output: str) -> bool:
    """Whether the output is as the page says; … stands for anything on one line."""
    pattern = ".*".join(re.escape(part) for part in tidy(expected).split("…"))
    return re.fullmatch(pattern, tidy(output)) is not None


def tidy(text: str) -> str:
    """Without empty lines."""
    return re.sub(r"\n+", "\n", text).strip()

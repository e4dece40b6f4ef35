"""docker-compose.yml, loaded by the library that Docker Compose itself loads it with: it finds what no schema does."""

import subprocess
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from tests.stack.compose import ROOT, filled
from tests.stack.installing import installed
from tools.services.programs import require_tool, run

pytestmark = pytest.mark.server
MODULE = "github.com/compose-spec/compose-go/v2/cmd@v2.16.2"


def build(folder: Path) -> None:
    go = require_tool("go", "golang-go", "Compose's loader is built by it (version 1.25 or newer)")
    run([go, "install", MODULE], log=folder / "install.log", GOBIN=str(folder))


@pytest.fixture(scope="module")
def loader() -> Path:
    return installed("compose-go", MODULE, build) / "cmd"


def load(loader: Path, text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "docker-compose.yml").write_text(text)
    return subprocess.run([loader, "docker-compose.yml"], cwd=folder, capture_output=True, text=True, timeout=60)


def test_it_loads_and_is_consistent(loader: Path, tmp_path: Path) -> None:
    text = yaml.safe_dump(filled()).replace("$", "$$")

    done = load(loader, text, tmp_path)

    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert services.keys() == filled()["services"].keys()
    assert services["mongo"]["command"] == filled()["services"]["mongo"]["command"]


def test_without_secrets_it_complains_by_name(loader: Path, tmp_path: Path) -> None:
    done = load(loader, (ROOT / "docker-compose.yml").read_text(), tmp_path)

    assert done.returncode != 0
    assert "required variable SECRET_KEY is missing a value: Set SECRET_KEY in .env" in done.stderr + done.stdout

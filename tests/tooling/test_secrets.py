"""bin/secrets fills in .env, for its owner alone, and takes nothing back."""

import re
import shutil
import subprocess
from pathlib import Path

from tests.stack.compose import ROOT, SECRETS


def checkout(folder: Path) -> Path:
    shutil.copytree(ROOT / "bin", folder / "bin")
    shutil.copy(ROOT / ".env.example", folder)
    return folder


def run(folder: Path) -> dict[str, str]:
    subprocess.run(["bin/secrets"], cwd=folder, check=True, capture_output=True)
    return dict(re.findall(r"^([A-Z_]+)=(.*)$", (folder / ".env").read_text(), re.MULTILINE))


def test_each_secret_gets_a_value_of_its_own_that_its_server_takes(tmp_path: Path) -> None:
    found = run(checkout(tmp_path))

    assert {name for name, value in found.items() if len(value) >= 64} == set(SECRETS)
    assert len({found[name] for name in SECRETS}) == len(SECRETS)
    # Three kinds of characters, as SQL Server wants.
    assert re.fullmatch(r"V-[0-9a-f]{64}", found["MSSQL_SA_PASSWORD"])
    assert found["MSSQL_ACCEPT_EULA"] == ""


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    run(checkout(tmp_path))

    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


def test_what_is_there_already_stays(tmp_path: Path) -> None:
    folder = checkout(tmp_path)
    (folder / ".env").write_text("SECRET_KEY=mine\nMONGO_PASSWORD=\n#SITE_ADDRESS=example.org")

    first, second = run(folder), run(folder)

    assert first["SECRET_KEY"] == "mine"
    assert first["MONGO_PASSWORD"]
    assert second == first


def test_git_never_takes_it() -> None:
    ignored = subprocess.run(["git", "check-ignore", ".env", ".env.draft"], cwd=ROOT, capture_output=True, text=True)
    shared = subprocess.run(["git", "check-ignore", ".env.example"], cwd=ROOT, capture_output=True, text=True)

    assert ignored.stdout.split() == [".env", ".env.draft"]
    assert shared.returncode == 1

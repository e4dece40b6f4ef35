"""The browser code we ship is byte for byte what its manifest says."""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
VENDOR = ROOT / "static" / "vendor"


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "vendored_files.py"), "check", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_vendored_file_has_its_recorded_hash() -> None:
    recorded = json.loads((VENDOR / "integrity.json").read_text())["files"]
    for name, integrity in recorded.items():
        digest = hashlib.sha384((VENDOR / name).read_bytes()).digest()
        assert integrity == f"sha384-{base64.b64encode(digest).decode()}", name
    assert {"htmx.min.js", "hx-sse.min.js", "hx-csp.min.js", "hx-ptag.min.js", "htmx.LICENSE"} == set(recorded)


def test_the_check_passes_on_what_is_here() -> None:
    assert check(VENDOR).returncode == 0


def test_a_changed_an_added_and_a_missing_file_are_each_named(tmp_path: Path) -> None:
    folder = tmp_path / "vendor"
    shutil.copytree(VENDOR, folder)
    with (folder / "htmx.min.js").open("ab") as file:
        file.write(b" ")
    (folder / "extra.js").write_text("")
    (folder / "hx-ptag.min.js").unlink()
    result = check(folder)
    assert result.returncode == 1
    assert "htmx.min.js was changed" in result.stderr
    assert "extra.js is in" in result.stderr
    assert "hx-ptag.min.js is in integrity.json but not in" in result.stderr

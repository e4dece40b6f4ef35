"""The house stays one to live in: no folder holds more than 28 modules, no module more than 250 lines."""

import subprocess
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAX_MODULES, MAX_LINES = 28, 250


def modules() -> list[Path]:
    """All that are in the checkout, from its root on; new ones count before they are committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return [Path(name) for name in found if (ROOT / name).exists()]


def test_no_folder_holds_more_modules_than_a_reader_takes_in() -> None:
    folders = Counter(module.parent for module in modules())
    assert {str(folder): count for folder, count in folders.items() if count > MAX_MODULES} == {}


def test_no_module_is_longer_than_a_reader_takes_in() -> None:
    lines = {str(module): len((ROOT / module).read_text().splitlines()) for module in modules()}
    assert {module: count for module, count in lines.items() if count > MAX_LINES} == {}

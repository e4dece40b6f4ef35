"""Hashes of the vendored browser files: written once by bin/vendor, recomputed by every lint and test run."""

import base64
import hashlib
import json
import sys
from pathlib import Path

MANIFEST = "integrity.json"
OURS = {MANIFEST, "README.md"}


def main(arguments: list[str]) -> int:
    match arguments:
        case ["tarball", path, expected]:
            return report(tarball_faults(Path(path), expected))
        case ["write", folder, package, tarball]:
            write(Path(folder), package, tarball)
            return 0
        case ["check", folder]:
            return report(faults(Path(folder)))
    print(
        "usage: vendored_files.py tarball FILE INTEGRITY | write FOLDER PACKAGE INTEGRITY | check FOLDER",
        file=sys.stderr,
    )
    return 2


def tarball_faults(path: Path, expected: str) -> list[str]:
    found = digest(path, "sha512")
    return (
        [] if found == expected else [f"{path.name} is {found}, the pinned package is {expected}. Nothing was changed."]
    )


def write(folder: Path, package: str, tarball: str) -> None:
    manifest = {"package": package, "tarball": tarball, "files": hashes(folder)}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def faults(folder: Path) -> list[str]:
    """Every difference between the folder and its manifest, as sentences."""
    recorded: dict[str, str] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    present = hashes(folder)
    missing = [f"{name} is in {MANIFEST} but not in {folder}." for name in sorted(recorded.keys() - present.keys())]
    unknown = [f"{name} is in {folder} but not in {MANIFEST}." for name in sorted(present.keys() - recorded.keys())]
    changed = [
        f"{name} was changed: {present[name]}, recorded {recorded[name]}."
        for name in sorted(recorded.keys() & present.keys())
        if recorded[name] != present[name]
    ]
    return missing + unknown + changed


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: digest(path, "sha384") for path in sorted(folder.iterdir()) if path.name not in OURS}


def digest(path: Path, algorithm: str) -> str:
    """In the form of an `integrity` attribute: `sha384-<base64>`."""
    raw = hashlib.new(algorithm, path.read_bytes()).digest()
    return f"{algorithm}-{base64.b64encode(raw).decode()}"


def report(sentences: list[str]) -> int:
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    return 1 if sentences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The table of all commands of `bin/verbatim`, each run in a folder of its own, side by side with the others."""

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

from tests.forked import Commands, Ended, Run

CSV = "id,author,created_at,title,body,url,score,num_comments\nabc123,zoe,2026-01-01T00:00:00Z,One,words,,1,0\n"
TABLE = {
    "migrate": ["migrate"],
    "import": ["import", "{folder}/posts.csv"],
    "export": ["export", "{folder}/out.jsonl"],
    "export -": ["export", "-"],
    "convert": ["convert", "{folder}/old.jsonl"],
    "demo": ["demo"],
    "promote": ["promote", "nora", "moderator"],
    "rebuild": ["rebuild"],
    "rebuild --no-switch": ["rebuild", "--no-switch"],
    "rebuild --back": ["rebuild", "--back"],
    "verify": ["verify"],
    "replay": ["replay"],
    "status": ["status"],
    "backup": ["backup", "{folder}/backups"],
    "restore": ["restore", "{folder}/backups"],
}
"""Every command, with the options by which it does something else."""
ON_THE_STORE = frozenset({"import", "export", "export -", "convert", "demo", "promote"})
"""Those that have nothing to do with the read model."""


def all_of(commands: Commands, runs: list[Run]) -> list[Ended]:
    ended = commands.run(runs)
    for one in ended:
        assert "Traceback" not in one.out + one.err, one.err
        assert "defect" not in one.err, one.err
    return ended


def each(
    commands: Commands, tmp_path: Path, site: Path, make: Callable[[Path], object], common: Run
) -> dict[str, Ended]:
    """Each command by itself, in a copy of the site's folder that `make` has changed."""
    runs = []
    for name, words in TABLE.items():
        folder = tmp_path / name
        shutil.copytree(site, folder)
        make(folder)
        environment = {"DATA_DIR": str(folder), "COLUMNS": "200", **common.environment}
        words = [word.replace("{folder}", str(folder)) for word in words]
        runs.append(msgspec.structs.replace(common, words=words, environment=environment, path=[str(folder)]))
    return dict(zip(TABLE, all_of(commands, runs), strict=True))


def nothing(_folder: Path) -> None:
    return None


def only(*names: str) -> Callable[[Path], object]:
    """Takes away whatever a site has made, but for these."""

    def make(folder: Path) -> None:
        for path in folder.iterdir():
            if path.name not in (*names, "posts.csv", "export.jsonl", "old.jsonl"):
                path.unlink()

    return make

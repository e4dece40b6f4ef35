"""`bin/bench [suite…] [--size N]`: prints a table of ratios, ours to a floor measured in the same run."""

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from .machine import described
from .measure import Row, Suite
from .site import ROOT
from .suites import GROUPS, SUITES


def main(arguments: Sequence[str] | None = None) -> None:
    asked = _parser().parse_args(arguments)
    scratch = asked.folder or ROOT / "data"
    scratch.mkdir(parents=True, exist_ok=True)
    print(described(scratch))
    print(_line(("what", "ours", "floor", "ratio (least–most)", "target", "ok?")))
    for name, suite in _chosen(asked).items():
        with tempfile.TemporaryDirectory(prefix=f"bench-{name}-", dir=scratch) as folder:
            for row in suite(Path(folder), asked.size):
                _show(row)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="suite", choices=[[], *SUITES], help=", ".join(SUITES))
    parser.add_argument("--size", type=int, metavar="N", help="posts, commits or commands; each suite has its own")
    parser.add_argument("--folder", type=Path, help="for the databases: on a real disk (default: ./data)")
    for group in list(GROUPS)[1:]:
        parser.add_argument(f"--{group}", dest="group", action="store_const", const=group)
    parser.set_defaults(group=next(iter(GROUPS)))
    return parser


def _chosen(asked: argparse.Namespace) -> Mapping[str, Suite]:
    return {name: SUITES[name] for name in asked.suites} if asked.suites else GROUPS[asked.group]


def _show(row: Row) -> None:
    verdict = "" if row.ok is None else "ok" if row.ok else "MISSED"
    print(_line((row.what, row.ours, row.floor, row.value, row.target, verdict)))
    print(f"    {row.how}", flush=True)


def _line(cells: Sequence[str]) -> str:
    widths = (30, 34, 22, 20, 8, 6)
    return " │ ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


if __name__ == "__main__":
    main()

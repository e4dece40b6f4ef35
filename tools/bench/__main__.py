"""`bin/bench [suite…] [--size N]`: prints a table of ratios, ours to a floor measured in the same run."""

import argparse
import logging
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import structlog

from . import stack_servers
from .machine import described
from .measure import Row, Suite
from .site import ROOT
from .suites import GROUPS, SUITES


def main(arguments: Sequence[str] | None = None) -> None:
    asked = _parser().parse_args(arguments)
    scratch = asked.folder or ROOT / "data"
    scratch.mkdir(parents=True, exist_ok=True)
    chosen = _chosen(asked)
    try:
        with _surroundings(chosen, scratch):
            print(described(scratch))
            print(_line(("what", "ours", "floor", "ratio (least–most)", "target", "ok?")))
            for name, suite in chosen.items():
                with tempfile.TemporaryDirectory(prefix=f"bench-{name}-", dir=scratch) as folder:
                    for row in suite(Path(folder), asked.size):
                        _show(row)
    except stack_servers.Absent as absent:
        sys.exit(f"bin/bench: {absent}")


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


def _surroundings(chosen: Mapping[str, Suite], scratch: Path) -> AbstractContextManager[None]:
    """The servers, where a suite needs them."""
    return stack_servers.there(scratch) if chosen.keys() & GROUPS["stack"].keys() else nullcontext()


def _show(row: Row) -> None:
    verdict = "" if row.ok is None else "ok" if row.ok else "MISSED"
    print(_line((row.what, row.ours, row.floor, row.value, row.target, verdict)))
    print(f"    {row.how}", flush=True)


def _line(cells: Sequence[str]) -> str:
    widths = (30, 34, 22, 20, 8, 6)
    return " │ ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    main()

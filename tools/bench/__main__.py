"""`bin/bench [suite…] [--size N]`: prints a table of figures, each beside a floor that is measured in the same run."""

import argparse
import logging
import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

import structlog

from tools.drill.servers import ServersUnavailable

from . import (
    api,
    append,
    backing_up,
    deciding,
    desk,
    erasing_people,
    importing,
    pages,
    projecting,
    readers,
    rebuilding,
    relay,
    scale,
    stack,
    visible,
)
from .measure import Row, Suite
from .site import REAL_POSTS, ROOT

GROUPS: Mapping[str, Mapping[str, Suite]] = {
    "main": {
        "append": append.run,
        "decide": deciding.run,
        "import": importing.run,
        "rebuild": rebuilding.run,
        "backup": backing_up.run,
        "visible": visible.run,
        "leaving": erasing_people.run,
    },
    "stack": {
        "stack-append": append.run_on_stack,
        "stack-decide": deciding.run_on_stack,
        "stack-relay": relay.run,
        "stack-projector": projecting.run,
        "stack-visible": visible.run_on_stack,
    },
    "api": {"api": api.run},
    "pages": {"pages": pages.run, "scale": scale.run, "desk": desk.run, "readers": readers.run},
}
"""Suites by name. `bin/bench` runs the first group, `bin/bench --stack` and so on another."""
SUITES: Mapping[str, Suite] = {name: suite for group in GROUPS.values() for name, suite in group.items()}
COLUMN_WIDTHS = (34, 34, 24, 22, 8, 6)


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    scratch = options.folder or ROOT / "data"
    scratch.mkdir(parents=True, exist_ok=True)
    chosen = {name: SUITES[name] for name in options.suites} or GROUPS[options.group]
    needs_servers = chosen.keys() & GROUPS["stack"].keys()
    try:
        with stack.servers(scratch) if needs_servers else nullcontext():
            print(_machine(scratch))
            print(_line(("what", "ours", "floor", "ratio (least–most)", "target", "ok?")))
            for name, suite in chosen.items():
                print(f"\n{sys.modules[suite.__module__].__doc__}")
                with tempfile.TemporaryDirectory(prefix=f"bench-{name}-", dir=scratch) as folder:
                    for row in suite(Path(folder), options.size):
                        _print_row(row)
    except ServersUnavailable as unavailable:
        sys.exit(f"bin/bench: no MongoDB and Kafka to measure with: {unavailable}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="suite", choices=[[], *SUITES], help=", ".join(SUITES))
    parser.add_argument("--size", type=int, metavar="N", help="posts, commits or commands; each suite has its own")
    parser.add_argument("--folder", type=Path, help="for the databases: on a real disk (default: ./data)")
    for group, suites in list(GROUPS.items())[1:]:
        parser.add_argument(
            f"--{group}", dest="group", action="store_const", const=group, help=f"the suites {', '.join(suites)}"
        )
    parser.set_defaults(group=next(iter(GROUPS)))
    return parser


def _machine(folder: Path) -> str:
    """Cores, memory, versions, and which file system the databases lie on: fsync costs nothing on a tmpfs."""
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    above = [(len(point), kind) for point, kind in mounts if folder.is_relative_to(point)]
    file_system = max(above)[1] if above else "an unknown file system"
    return (
        f"{os.cpu_count()} cores, {gib:.0f} GiB, load {os.getloadavg()[0]:.1f}; Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}; databases on {file_system} in {folder}; "
        f"{'real' if REAL_POSTS.exists() else 'synthetic'} posts"
    )


def _print_row(row: Row) -> None:
    verdict = "" if row.ok is None else "ok" if row.ok else "MISSED"
    print(_line((row.name, row.ours, row.floor, row.value, row.target, verdict)), flush=True)


def _line(cells: Sequence[str]) -> str:
    return " │ ".join(cell.ljust(width) for cell, width in zip(cells, COLUMN_WIDTHS, strict=True)).rstrip()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    main()

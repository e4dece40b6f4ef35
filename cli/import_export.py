"""`import`, `export` and `demo`: commits read from files, written to files, or made up."""

import sys
from pathlib import Path

import click

import bootstrap
from domain import ids

from .output import err, out, progress_bar


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Take in FILE: posts as CSV, or an export as JSON Lines; either may be gzipped."""
    from transfer import import_file

    store = bootstrap.event_store()
    with progress_bar("Importing") as report:
        summary = import_file(
            file, store=store, bus=bootstrap.command_bus(store), folder=bootstrap.settings().data_dir, progress=report
        )
    out.print(summary.text())
    if summary.failed:
        sys.exit(1)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(file: Path) -> None:
    """Write every commit to FILE as JSON Lines, in order; "-" is standard output."""
    from transfer import export_file

    store = bootstrap.event_store()
    with progress_bar("Exporting") as report:
        count = export_file(store, file, progress=report)
    err.print(f"{count:,} commits written.")


@click.command()
def demo() -> None:
    """Fill the site with people, threads and a moderator, all through commands."""
    from transfer.demo import fill
    from webapp.site.passwords import hashed

    for line in fill(bootstrap.command_bus(bootstrap.event_store()), now=ids.now(), hash_password=hashed):
        out.print(line)

"""`import`, `export`, `convert` and `demo`: commits read from files, written to files, or made up."""

import sys
from datetime import UTC, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

import bootstrap
from domain import ids

from .output import err, out, progress_bar


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--timezone", default="", metavar="ZONE", help="Of dates that name none, such as Europe/Berlin or UTC.")
@click.option(
    "--encoding",
    default="",
    metavar="NAME",
    help="Of CSV that isn't UTF-8 or UTF-16: windows-1252, Shift_JIS.",
)
@click.option("--author", default="", metavar="HANDLE", help="Whose it is, where the file doesn't say.")
@click.option("--strict", is_flag=True, help="Exit with 1 where a single row was rejected.")
def import_(file: Path, timezone: str, encoding: str, author: str, strict: bool) -> None:
    """Take in FILE, gzipped or not: an export as JSON Lines; or posts as CSV with the columns id, author, created_at,
    title and, if you like, body and url; or comments with id, author, created_at, post, body and, if you like,
    parent. Columns are found by name; others are left alone. Also a takeout of this or another site like it (its ZIP),
    and what Mastodon (outbox.json), Reddit (the ZIP of a data request) and Discourse (user_archive.csv) give their
    people.

    Rejected rows are listed with line and cause beside the data; they make the exit code 1 only with --strict.
    """
    from transfer import Options, import_file

    store = bootstrap.event_store()
    with progress_bar("Importing") as report:
        summary = import_file(
            file,
            store=store,
            bus=bootstrap.command_bus(store),
            folder=bootstrap.settings().data_dir,
            progress=report,
            options=Options(zone=_zone(timezone), encoding=_encoding(encoding), author=author, strict=strict),
        )
    out.print(summary.text())
    if summary.failed:
        sys.exit(1)


def _zone(name: str) -> tzinfo | None:
    """The time zone of this name; None for none."""
    if not name:
        return None
    try:
        return UTC if name.upper() in ("UTC", "Z") else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        said = f"There is no time zone {name!r} on this machine. Say it as Europe/Berlin or UTC."
        raise click.BadParameter(said, param_hint="--timezone") from error


def _encoding(name: str) -> str:
    """Python's name of an encoding; "" for none."""
    from transfer import encodings

    try:
        return encodings.named(name) if name else ""
    except LookupError as error:
        said = f"There is no encoding {name!r}. Say it as windows-1252, Shift_JIS, KOI8-R or UTF-16."
        raise click.BadParameter(said, param_hint="--encoding") from error


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
@click.argument("export", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="Where to write it: else beside EXPORT.")
def convert(export: Path, to: Path | None) -> None:
    """Write EXPORT, which an earlier Verbatim made, in today's format: people have ids, and the chain seals no handle
    and no reason. Import what this writes into an empty site.
    """
    from transfer import convert_file

    with progress_bar("Converting") as report:
        done = convert_file(export, to, progress=report)
    out.print(done.text())


@click.command()
def demo() -> None:
    """Fill the site with people, threads and a moderator, all through commands."""
    from transfer.demo import fill
    from webapp.site.passwords import hashed

    for line in fill(bootstrap.command_bus(bootstrap.event_store()), now=ids.now(), hash_password=hashed):
        out.print(line)

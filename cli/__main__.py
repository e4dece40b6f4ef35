"""`bin/verbatim`: what an operator does from a shell. Each command says what it did, or what is wrong."""

import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table

import bootstrap
from domain import account, ids
from domain.bus import operator
from domain.ports import EventStore
from domain.text import handle_key
from eventstore import heads
from eventstore.codec import EventCodec
from projector.folding import CommitFolder
from projector.generation_fill import Progress
from projector.rebuild import Comparison, Rebuilder
from readmodel.engine.mssql import ensure_database
from readmodel.engine.snapshots import advice
from readmodel.generations.generations import Generations
from readmodel.generations.store_match import mismatch
from webapp import failures

from .store_report import StoreReport


class _Output(Console):
    def on_broken_pipe(self) -> NoReturn:
        """Raised rather than ended with no word, as rich does."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


out = _Output()
err = _Output(stderr=True)
FILE = click.Path(dir_okay=False, path_type=Path)
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@contextmanager
def _in_sentences() -> Iterator[None]:
    """No error whatsoever leaves as a traceback."""
    try:
        yield
        sys.stdout.flush()
    except (click.ClickException, click.exceptions.Exit):
        raise
    except (click.Abort, KeyboardInterrupt) as error:
        raise click.ClickException(failures.INTERRUPTED) from error
    except bootstrap.BadSetting as error:
        raise click.ClickException(str(error)) from error
    except Exception as error:
        raise click.ClickException(failures.sentence(error)) from error


class _Plainly(click.Group):
    """Says what is wrong in a sentence, and exits with 1."""

    def main(self, *arguments: Any, **named: Any) -> Any:
        if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return super().main(*arguments, **named)
        finally:
            failures.drop_unwritable_output()

    def make_context(self, *arguments: Any, **named: Any) -> click.Context:
        with _in_sentences():
            return super().make_context(*arguments, **named)

    def invoke(self, ctx: click.Context) -> Any:
        with _in_sentences():
            return super().invoke(ctx)


@click.group(cls=_Plainly)
def cli() -> None:
    """Verbatim's command line."""


@cli.command()
def migrate() -> None:
    """Bring the read model up to date, and check that the event store is whole."""
    store = bootstrap.event_store()
    store.check()
    if ensure_database(bootstrap.settings().read_model_url):
        out.print("The read model's database was missing, and is made.")
    generations = bootstrap.generations()
    generation = generations.migrate()
    store.id()
    out.print(f"Event store at position {store.head()[0]:,}; read model generation {generation.number} is live.")
    if generations.is_outdated():
        out.print("It was filled for other read models: the projector fills a fresh one beside it, and switches.")
    _print_mismatch(generations, store)
    _print_advice(generations)


@cli.command("import")
@click.argument("file", type=EXISTING_FILE)
def import_(file: Path) -> None:
    """Take in FILE: posts as CSV, or an export as JSON Lines; either may be gzipped."""
    from transfer import import_file

    store = bootstrap.event_store()
    with _bar("Importing") as report:
        summary = import_file(
            file, store=store, bus=bootstrap.command_bus(store), folder=bootstrap.settings().data_dir, progress=report
        )
    out.print(summary.text())
    if summary.failed:
        sys.exit(1)


@cli.command()
@click.argument("file", type=FILE)
def export(file: Path) -> None:
    """Write every commit to FILE as JSON Lines, in order; "-" is standard output."""
    from transfer import export_file

    store = bootstrap.event_store()
    with _bar("Exporting") as report:
        count = export_file(store, file, progress=report)
    err.print(f"{count:,} commits written.")


@cli.command()
def demo() -> None:
    """Fill the site with people, threads and a moderator, all through commands."""
    from transfer.demo import fill
    from webapp.site.passwords import hashed

    for line in fill(bootstrap.command_bus(bootstrap.event_store()), now=ids.now(), hash_password=hashed):
        out.print(line)


@cli.command()
@click.argument("handle")
@click.argument("role", type=click.Choice(account.ROLES))
@click.option("--revoke", is_flag=True, help="Take the role away instead.")
def promote(handle: str, role: str, revoke: bool) -> None:
    """Give HANDLE a ROLE: moderator or admin."""
    command = (account.RevokeRole if revoke else account.GrantRole)(handle=handle, role=role)
    receipt = bootstrap.command_bus(bootstrap.event_store()).send(command, operator(ids.now()))
    done = "is no longer" if revoke else "is now"
    out.print(f"@{handle_key(handle)} {done} {role}." if receipt.commit else "Nothing to change.")


@cli.command()
@click.option("--no-switch", is_flag=True, help="Fill and compare only; leave the live generation as it is.")
@click.option("--back", is_flag=True, help="Switch back to the generation before the last rebuild.")
def rebuild(no_switch: bool, back: bool) -> None:
    """Fill a new read model from the events while the old one serves, compare, and switch to it."""
    generations = _read_model()
    rebuilder = _rebuilder(generations)
    is_astray = _print_mismatch(generations, bootstrap.event_store())
    generations.lifecycle.wait_for_turn()
    if back:
        out.print(f"Back on generation {rebuilder.switch_back()}.")
        return
    with _progress_bar("Rebuilding") as report:
        fresh, comparison = rebuilder.fill(report)
    _print_comparison(comparison)
    if no_switch:
        rebuilder.discard(fresh)
        out.print("Not switched; the live generation is as it was.")
        return
    before = rebuilder.switch(fresh)
    way_back = "" if is_astray else f" `bin/verbatim rebuild --back` returns to generation {before}."
    out.print(f"Generation {fresh.number} is live.{way_back}")


@cli.command()
@click.option("--head", type=FILE, help="Write what the store has come to into FILE, if all is as it should be.")
@click.option("--since", type=EXISTING_FILE, help="Compare with FILE, which --head has written earlier.")
@click.option("--accept", is_flag=True, help="Accept that an older store was restored: it holds less than was seen.")
def verify(head: Path | None, since: Path | None, accept: bool) -> None:
    """Check the hash chain over every commit, and the live read model against a fresh fold of them."""
    earlier = since and heads.read(since)
    store = bootstrap.event_store()
    report = StoreReport(store, out)
    report.chain()
    if since and earlier:
        report.since(since, earlier)
    generations = _read_model()
    report.seen(generations.control, accept=accept)
    if _print_mismatch(generations, store):
        sys.exit(1)
    with _progress_bar("Folding afresh") as progress:
        comparison = _rebuilder(generations).verify(progress)
    _print_comparison(comparison)
    if waiting := bootstrap.lag_meter(store, generations).measure().commits:
        out.print(f"{waiting:,} commits aren't shown yet, and so not compared: the projector has to fold them first.")
    if not (report.sound and comparison.same):
        sys.exit(1)
    if head:
        heads.write(report.head, head)
        out.print(f"{head} holds {report.head}: keep it elsewhere.", markup=False, soft_wrap=True)


@cli.command()
@click.argument("stream", required=False)
def replay(stream: str | None) -> None:
    """Take parked streams up again: STREAM, or all of them."""
    store = bootstrap.event_store()
    generations = _read_model()
    if _print_mismatch(generations, store):
        sys.exit(1)
    live = generations.live()
    folder = CommitFolder(store, EventCodec())
    letters = [letter for letter in generations.parked() if stream in (None, letter.stream)]
    still = False
    for letter in letters:
        with live.write() as connection:
            parked = folder.replay(connection, letter.stream).parked
        out.print(f"{letter.stream}: " + (f"still parked: {letter.error}" if parked else "replayed"))
        still = still or bool(parked)
    if not letters:
        out.print("Nothing is parked." if stream is None else f"{stream} isn't parked.")
    if still:
        sys.exit(1)


@cli.command()
def status() -> None:
    """Positions, lag, generations, dead letters and repairs."""
    store = bootstrap.event_store()
    generations = _read_model()
    found = generations.status()
    head = store.head()[0]
    table = Table(show_header=False, box=None)
    table.add_row("Event store", f"position {head:,}")
    table.add_row("Read model", f"generation {found['generation']}, position {found['checkpoint']:,}")
    lag = bootstrap.lag_meter(store, generations).measure()
    table.add_row("Lag", f"{lag.commits:,} commits, the oldest for {lag.seconds:,.1f} s")
    if lag.unsequenced:
        table.add_row("", f"{lag.unsequenced:,} of them have no position yet: is the relay running?")
    for one in lag.partitions:
        table.add_row(f"  partition {one.partition}", f"{one.commits:,} commits, the oldest for {one.seconds:,.1f} s")
    table.add_row("Dead letters", str(len(found["dead_letters"])))
    table.add_row("Repairs", str(len(found["repairs"])))
    out.print(table)
    _print_mismatch(generations, store)
    _print_generations(found)
    for letter in found["dead_letters"]:
        out.print(f"  parked: {letter['stream']} from version {letter['version']}: {letter['error']}")
    for repair in found["repairs"]:
        out.print(f"  repaired {repair['found_at']}: {repair['stream']}: {repair['what']}")
    _print_advice(generations)


def _print_mismatch(generations: Generations, store: EventStore) -> bool:
    """Whether the live read model was folded from another store than this, or another state of it; it is said then."""
    with generations.connect() as connection:
        found = mismatch(connection, store)
    if found is not None:
        out.print(f"[red]mismatch:[/] {found}", soft_wrap=True)
    return found is not None


def _print_generations(found: dict[str, Any]) -> None:
    """What isn't as it should be with the generations, and what is done about it."""
    if found["outdated"]:
        out.print("  The live generation was filled for other read models: the projector fills a fresh one.")
    for row in found["generations"]:
        if row["state"] in ("building", "ready"):
            out.print(f"  generation {row['number']} is being filled: {row['note']}", markup=False)
        if row["state"] in ("gone", "failed"):
            out.print(f"  generation {row['number']} is {row['state']}: {row['note']}", markup=False)


def _print_advice(generations: Generations) -> None:
    """What the read model's database isn't set up for."""
    for sentence in advice(generations.control):
        out.print(sentence, markup=False, soft_wrap=True)


def _read_model() -> Generations:
    """Made or brought up to date first, where it isn't: nobody may have started the site yet."""
    if ensure_database(bootstrap.settings().read_model_url):
        err.print("The read model's database was missing, and is made.")
    generations = bootstrap.generations()
    if not generations.is_migrated():
        generations.migrate()
        err.print("The read model was not there yet, or of an older version, and is migrated.")
    return generations


def _rebuilder(generations: Generations) -> Rebuilder:
    store = bootstrap.event_store()
    return Rebuilder(generations, store, CommitFolder(store, EventCodec()), bootstrap.partitions())


def _print_comparison(comparison: Comparison | None) -> None:
    if comparison is None:
        out.print("The live read model couldn't be compared.")
        return
    table = Table("table", "rows", "live", "fresh fold", title=f"At position {comparison.position:,}")
    for name, fresh in comparison.fresh.items():
        live = comparison.live[name]
        mark = "" if live == fresh else "  differs"
        table.add_row(name, f"{fresh.rows:,}", live.sha256[:12], fresh.sha256[:12] + mark)
    out.print(table)
    for one in comparison.differences:
        out.print(
            f"differs: {one.table} {one.key}", f"  live  {one.live}", f"  fresh {one.fresh}", sep="\n", markup=False
        )
    if comparison.erasure_pending:
        out.print(f"Left out: {len(comparison.erasure_pending)} streams whose erasure isn't shown yet.")
    out.print("The live read model equals a fresh fold." if comparison.same else "[red]The live read model differs.[/]")


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Shows done, total, rate and the time left. Yields report(done, total)."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=err) as bar:
        task = bar.add_task(title, total=None, rate="")

        def report(done: int, total: int) -> None:
            speed = bar.tasks[0].speed or 0
            bar.update(task, completed=done, total=total or None, rate=f"{speed:,.0f}/s")

        yield report


@contextmanager
def _progress_bar(title: str) -> Iterator[Callable[[Progress], None]]:
    with _bar(title) as report:
        yield lambda progress: report(progress.done, progress.total)


if __name__ == "__main__":
    cli(prog_name="bin/verbatim")

"""`backup` and `restore`: copies of the event store, verified as they are written, and rehearsed."""

import sys
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sqlalchemy.exc import SQLAlchemyError

import bootstrap
from backup.encryption import Key
from backup.folder import BackupFolder, BackupSet
from domain import ids
from domain.errors import Damaged, Refused, Unavailable
from eventstore.erasure_ledger import Erased, LedgerFile
from eventstore.restore_mark import require_whole
from operational import backup_runs, departures, erasure_ledger, store_heads
from operational.backup_runs import BackupRun
from operator_errors import describe
from readmodel.generations.generations import Generations
from retention import format_span, parse_span

from .output import err, out, progress_bar
from .read_model import open_read_model

if TYPE_CHECKING:
    from backup.restoring import Restored


class Span(click.ParamType[timedelta]):
    """A length of time: 90s, 30m, 1h, 14d."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        if (span := parse_span(str(value))) is None:
            self.fail(f"{value!r} is no length of time. Say it as 30m, 1h or 14d.", param, ctx)
        return span


folder_argument = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
key_option = click.option(
    "--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A key file of age (age-keygen)."
)
ledger_option = click.option(
    "--ledger", type=click.Path(dir_okay=False, path_type=Path),
    help="The erasure ledger; else FOLDER.erasures, beside FOLDER.",
)  # fmt: skip


class Ledgers:
    """The ledger beside the read model, and the one in a file: each is given what the other has."""

    def __init__(self, generations: Generations, file: LedgerFile) -> None:
        self._control = generations.control
        self._file = file

    def record(self, erased: Iterable[Erased]) -> None:
        erasure_ledger.record(self._control, erased)

    def exchange(self) -> frozenset[Erased]:
        """All that either knows, afterwards in both."""
        beside = erasure_ledger.read(self._control)
        both = beside | self._file.read()
        self.record(both - beside)
        self._file.record(both)
        return both


@click.command()
@folder_argument
@click.option("--every", type=Span(), help="Keep at it, so often: 1h.")
@click.option("--keep", type=Span(), help="How long a text is kept in backups; KEEP_BACKUPS at most, which it is else.")
@key_option
@ledger_option
def backup(
    folder: Path, every: timedelta | None, keep: timedelta | None, key: Path | None, ledger: Path | None
) -> None:
    """Copy every commit into FOLDER, or those that came since the last time, while the site runs.

    The erasure ledger is written beside FOLDER. Keep it where no older copy of FOLDER can replace it: it says what
    `restore` has to leave out.
    """
    kept = _kept_span(keep)
    site = _Site(folder, ledger, key)
    if every is None:
        site.back_up(kept)
        return
    while True:
        due = time.monotonic() + every.total_seconds()
        try:
            site.back_up(kept)
        except (Damaged, Refused, Unavailable, OSError, SQLAlchemyError) as error:
            err.print(f"{ids.now()} backup failed: {describe(error)}", markup=False, soft_wrap=True)
        time.sleep(max(0.0, due - time.monotonic()))


@click.command()
@folder_argument
@click.option("--rehearse", is_flag=True, help="Restore elsewhere, verify, compare with the live site, and fold.")
@click.option("--set", "name", default="", metavar="NAME", help="An earlier set of FOLDER; else the newest.")
@click.option("--without-ledger", is_flag=True, help="There is no ledger: texts that were erased since come back.")
@key_option
@ledger_option
def restore(
    folder: Path, rehearse: bool, name: str, without_ledger: bool, key: Path | None, ledger: Path | None
) -> None:
    """Restore the newest backup of FOLDER into an empty event store, but for what was erased since."""
    from backup.reading import chosen_set

    site = _Site(folder, ledger, key)
    chosen = chosen_set(site.folder, name)
    if rehearse:
        site.rehearse(chosen)
        return
    if not (site.file.exists() or without_ledger):
        raise click.ClickException(
            f"There is no erasure ledger {site.file.path}: without it texts that were erased since come back. Put it "
            "there or name it as --ledger; if it is lost for good, say --without-ledger."
        )
    site.restore(chosen)


def _kept_span(keep: timedelta | None) -> timedelta:
    """What /privacy says is the most. Raises click.ClickException for more."""
    most = bootstrap.settings().retention.backups
    if keep is not None and keep > most:
        raise click.ClickException(
            f"--keep may be {format_span(most)} at most, as the site's page /privacy says. Set KEEP_BACKUPS for longer."
        )
    return keep or most


class _Site:
    """The site's stores and a folder of backups."""

    def __init__(self, folder: Path, ledger: Path | None, key: Path | None) -> None:
        self.folder = BackupFolder(folder)
        found = folder.resolve()
        self.file = LedgerFile(ledger or found.parent / f"{found.name}.erasures")
        self.store = bootstrap.event_store()
        self.generations = open_read_model()
        self.ledgers = Ledgers(self.generations, self.file)
        self.key = Key(key) if key else None

    def back_up(self, keep: timedelta) -> None:
        from backup.writing import back_up

        require_whole(self.store.restore_mark)
        since = time.monotonic()
        with progress_bar("Backing up") as report:
            done = back_up(self.store, self.folder, self.ledgers, keep=keep, key=self.key, report=report)
        self.ledgers.exchange()
        seconds = time.monotonic() - since
        self._succeeded("backup", done.head.position, seconds)
        if done.why:
            out.print(f"A new set begins: {done.why}.", markup=False, soft_wrap=True)
        rate = done.commits / seconds if seconds else 0.0
        out.print(
            f"{done.commits:,} commits ({done.bytes:,} bytes) into {done.set} in {seconds:,.1f} s ({rate:,.0f}/s); "
            f"it reaches {done.head}.",
            markup=False, soft_wrap=True,
        )  # fmt: skip
        for name in done.deleted:
            out.print(f"Deleted {name}: it began longer ago than --keep says.")

    def restore(self, chosen: BackupSet) -> None:
        from backup.restoring import SiteFacts, restore

        lost, control = self._lost_after(chosen), self.generations.control
        settings = bootstrap.settings()
        choices = departures.choices(control)
        site = SiteFacts(site_key=settings.keys.current, leave_after=settings.leave_after, choices=choices)
        with progress_bar("Restoring") as report:
            bus, ledger = bootstrap.command_bus(self.store), self.ledgers.exchange()
            done = restore(chosen, self.store, bus, ledger, key=self.key, site=site, report=report)
        departures.begin_anew(control, done.head.at)
        out.print(
            f"Restored {chosen.path.name}: {done.head}, as it was at {done.head.at}. {lost}\n"
            f"{done.erased:,} texts that were erased since are left out.",
            markup=False, soft_wrap=True,
        )  # fmt: skip
        _print_leavers(done)
        if lost != NOTHING_LOST:
            out.print("Then accept that it holds less than was seen: `bin/verbatim verify --accept`.", soft_wrap=True)

    def rehearse(self, chosen: BackupSet) -> None:
        from backup.rehearsal import rehearse

        with progress_bar("Rehearsing") as report:
            done = rehearse(chosen, self.store, self.ledgers.exchange(), key=self.key, report=report)
        out.print(f"{chosen.path.name} reaches {done.head}, as it was at {done.head.at}.", markup=False, soft_wrap=True)
        out.print(f"{done.behind:,} commits of the live site came after it.")
        for step, seconds in done.steps:
            out.print(f"  {step} in {seconds:,.1f} s")
        for sentence in done.differences:
            out.print(f"differs: {sentence}", markup=False, soft_wrap=True)
        if done.differences:
            sys.exit(1)
        self._succeeded("rehearsal", done.head.position, done.seconds)
        out.print("Everything in it is as it is on the live site.")

    def _succeeded(self, kind: backup_runs.Kind, position: int, seconds: float) -> None:
        run = BackupRun(kind=kind, at=ids.now(), position=position, milliseconds=round(1000 * seconds))
        backup_runs.record(self.generations.control, run)

    def _lost_after(self, chosen: BackupSet) -> str:
        """What is known to have been stored after the backup."""
        seen, head = store_heads.highest(self.generations.control), chosen.manifest.head
        if seen is None or seen.position <= head.position:
            return NOTHING_LOST
        lost = seen.position - head.position
        return f"What was stored after it is lost: {lost:,} commits, the last seen at {seen.at}."


def _print_leavers(done: "Restored") -> None:
    if done.leaving:
        days = format_span(bootstrap.settings().leave_after)
        out.print(
            f"{done.leaving:,} people were leaving, or had come back since: they can come back for {days} from now.",
            markup=False, soft_wrap=True,
        )  # fmt: skip
    if done.unchosen:
        out.print(
            f"{done.unchosen:,} people left after this backup, and nothing says any more whether their words should be "
            "erased: what was erased is, the rest stays under no one's name.",
            markup=False, soft_wrap=True,
        )  # fmt: skip


NOTHING_LOST = "Nothing is known of what may have been stored after it."

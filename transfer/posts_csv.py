"""Imports posts.csv: real posts, sent as commands of their authors, at their own times, each one once.

Everything that identifies a row is made from the row itself, so a second run or a restart doubles nothing.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from domain import ids
from domain.bus import CommandBus
from domain.errors import Refused, Unavailable
from domain.messages import Envelope, Receipt
from domain.post import NewPost

from . import moments
from .authors import Authors
from .csv_header import Columns
from .csv_rows import BrokenRow, Row, Rows
from .progress import BadRow, Options, Progress, Stopped, estimated, never_stopped
from .repair import repaired, repaired_link
from .report import ImportReport, Listing
from .source import Source

COLUMNS = Columns(needed=("id", "author", "created_at", "title"), optional=("body", "url"))
BATCH_ROWS = 2_000
"""Rows sent and stored together: one wait for the disk, and a writer in the site waits for under 0.1 s."""
Result = TypeVar("Result")


class PreparedRow(msgspec.Struct, frozen=True, gc=False):
    """A row with the command that sends it, and what was repaired in it."""

    row: Row
    command: NewPost
    envelope: Envelope
    repairs: set[str]


def import_posts(
    path: Path,
    bus: CommandBus,
    folder: Path,
    *,
    progress: Progress,
    stopped: Stopped = never_stopped,
    options: Options | None = None,
) -> ImportReport:
    """Sends every row of the file, and lists rejected and repaired ones in files of `folder`.

    A bad row is listed with its line and cause, and the import goes on.
    """
    began = time.monotonic()
    options = options or Options()
    report = ImportReport(path=path, strict=options.strict)
    with (
        Source(path, options.encoding) as source,
        Listing(folder / f"{path.name}.rejects.csv", ("line", "id", "cause", "row")) as rejects,
        Listing(folder / f"{path.name}.repairs.csv", ("line", "id", "repairs")) as repairs,
    ):
        importer = _Importer(bus, report, rejects, repairs, options)
        rows = Rows(source, COLUMNS)
        taken = iter(rows)
        while batch := list(islice(taken, BATCH_ROWS)):
            try:
                importer.take(batch)
            except Unavailable as error:
                report.error = error.sentence
                break
            progress(report.rows, estimated(report.rows, source.share()))
            report.stopped = stopped()
            if report.stopped:
                break
        report.error = report.error or source.error
        report.read_as = rows.read_as
    report.rejects, report.repairs = rejects.written, repairs.written
    report.seconds = time.monotonic() - began
    return report


class _Importer:
    """Imports batches of rows, and counts them."""

    def __init__(
        self, bus: CommandBus, report: ImportReport, rejects: Listing, repairs: Listing, options: Options
    ) -> None:
        self._bus = bus
        self._options = options
        self._report = report
        self._rejects = rejects
        self._repairs = repairs
        self._authors = Authors(bus)

    def take(self, batch: Sequence[Row | BrokenRow]) -> None:
        dates = [_result_or_bad_row(self._moment_of, row) for row in batch]
        self._authors.register(
            (row.fields[1], moment)
            for row, moment in zip(batch, dates, strict=True)
            if isinstance(row, Row) and isinstance(moment, datetime)
        )
        prepared = [
            moment if isinstance(moment, BadRow) else _result_or_bad_row(self._prepare, row, moment)
            for row, moment in zip(batch, dates, strict=True)
        ]
        sent = [(one.command, one.envelope) for one in prepared if isinstance(one, PreparedRow)]
        outcomes = iter(self._bus.send_batch(sent))
        for row, one in zip(batch, prepared, strict=True):
            if isinstance(one, BadRow):
                self._reject(row, str(one))
            else:
                self._settle(one, next(outcomes))

    def _moment_of(self, row: Row | BrokenRow) -> datetime:
        if isinstance(row, BrokenRow):
            raise BadRow(row.cause)
        return moments.read(row.fields[2], self._options.zone, self._options.now)

    def _prepare(self, row: Row, moment: datetime) -> PreparedRow:
        id, author, _, title, body, url = row.fields
        account = self._authors.account(author)
        if not id:
            raise BadRow("its id is empty")
        repairs: set[str] = set()
        command = NewPost(
            post=moments.id_of(f"posts.csv:{id}", moment),
            title=repaired(title, repairs),
            body=repaired(body, repairs),
            url=repaired_link(url, repairs),
            source=f"posts.csv:{id}",
        )
        envelope = Envelope(actor=account, at=ids.to_iso_utc(moment), command_id=f"import:{id}")
        return PreparedRow(row, command, envelope, repairs)

    def _settle(self, one: PreparedRow, outcome: Receipt | Refused) -> None:
        if isinstance(outcome, Unavailable):
            raise outcome
        if isinstance(outcome, Refused):
            self._reject(one.row, outcome.sentence)
            return
        self._report.count(repeated=outcome.repeated)
        if one.repairs:
            self._report.repaired += 1
            self._repairs.write(one.row.line, one.row.fields[0], ", ".join(sorted(one.repairs)))

    def _reject(self, row: Row | BrokenRow, cause: str) -> None:
        self._report.rejected += 1
        id = row.fields[0] if isinstance(row, Row) else ""
        self._rejects.write(row.line, id, cause, row.text)


def _result_or_bad_row(work: Callable[..., Result], *given: Any) -> Result | BadRow:
    """The result of `work`, or the BadRow that it raised."""
    try:
        return work(*given)
    except BadRow as bad:
        return bad

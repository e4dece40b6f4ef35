"""Imports posts.csv: real posts, sent as commands of their authors, at their own times, each one once.

Everything that identifies a row is made from the row itself, so a second run or a restart doubles nothing.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from domain import ids
from domain.account import RegisterAccount
from domain.aggregates import Aggregates
from domain.bus import CommandBus
from domain.errors import HandleTaken, KeyReused, Refused, Unavailable
from domain.messages import Envelope, Receipt
from domain.post import NewPost
from domain.text import handle_key

from .csv_rows import BrokenRow, Row, Rows
from .progress import Progress, Stopped, estimated, never_stopped
from .repair import repaired, repaired_link
from .report import ImportReport, Listing
from .source import Source

HEADER = ("id", "author", "created_at", "title", "body", "url", "score", "num_comments")
BATCH_ROWS = 2_000
"""Rows sent and stored together: one wait for the disk, and a writer in the site waits for under 0.1 s."""
Result = TypeVar("Result")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class BadRow(Exception):
    """The row can't be sent as a command; the message is the cause."""


class PreparedRow(msgspec.Struct, frozen=True, gc=False):
    """A row with the command that sends it, and what was repaired in it."""

    row: Row
    command: NewPost
    envelope: Envelope
    repairs: set[str]


def import_posts(
    path: Path, bus: CommandBus, folder: Path, *, progress: Progress, stopped: Stopped = never_stopped
) -> ImportReport:
    """Sends every row of the file, and lists rejected and repaired ones in files of `folder`.

    A bad row is listed with its line and cause, and the import goes on.
    """
    began = time.monotonic()
    report = ImportReport(path=path)
    with (
        Source(path) as source,
        Listing(folder / f"{path.name}.rejects.csv", ("line", "id", "cause", "row")) as rejects,
        Listing(folder / f"{path.name}.repairs.csv", ("line", "id", "repairs")) as repairs,
    ):
        importer = _Importer(bus, report, rejects, repairs)
        rows = iter(Rows(source, HEADER))
        while batch := list(islice(rows, BATCH_ROWS)):
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
    report.rejects, report.repairs = rejects.written, repairs.written
    report.seconds = time.monotonic() - began
    return report


class _Importer:
    """Imports batches of rows, and counts them."""

    def __init__(self, bus: CommandBus, report: ImportReport, rejects: Listing, repairs: Listing) -> None:
        self._bus = bus
        self._report = report
        self._rejects = rejects
        self._repairs = repairs
        self._authors: dict[str, str | BadRow] = {}

    def take(self, batch: Sequence[Row | BrokenRow]) -> None:
        moments = [_result_or_bad_row(_moment_of, row) for row in batch]
        self._register(batch, moments)
        prepared = [
            moment if isinstance(moment, BadRow) else _result_or_bad_row(self._prepare, row, moment)
            for row, moment in zip(batch, moments, strict=True)
        ]
        sent = [(one.command, one.envelope) for one in prepared if isinstance(one, PreparedRow)]
        outcomes = iter(self._bus.send_batch(sent))
        for row, one in zip(batch, prepared, strict=True):
            if isinstance(one, BadRow):
                self._reject(row, str(one))
            else:
                self._settle(one, next(outcomes))

    def _register(self, batch: Sequence[Row | BrokenRow], moments: Sequence[datetime | BadRow]) -> None:
        """Registers authors at first sight, at the time of their first row."""
        fresh: dict[str, datetime] = {}
        for row, moment in zip(batch, moments, strict=True):
            if isinstance(row, Row) and isinstance(moment, datetime) and row.fields[1] not in self._authors:
                fresh.setdefault(row.fields[1], moment)
        outcomes = self._bus.send_batch([_registration(author, moment) for author, moment in fresh.items()])
        aggregates = self._bus.aggregates()
        for author, outcome in zip(fresh, outcomes, strict=True):
            self._authors[author] = _author_or_fault(handle_key(author), outcome, aggregates)

    def _prepare(self, row: Row, moment: datetime) -> PreparedRow:
        id, author, _, title, body, url = row.fields[:6]
        handle = self._authors[author]
        if isinstance(handle, BadRow):
            raise handle
        if not id:
            raise BadRow("its id is empty")
        repairs: set[str] = set()
        command = NewPost(
            post=_post_id(id, moment),
            title=repaired(title, repairs),
            body=repaired(body, repairs),
            url=repaired_link(url, repairs),
            source=f"posts.csv:{id}",
        )
        envelope = Envelope(actor=handle, at=ids.to_iso_utc(moment), command_id=f"import:{id}")
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


def _registration(author: str, moment: datetime) -> tuple[RegisterAccount, Envelope]:
    handle = handle_key(author)
    envelope = Envelope(actor=handle, at=ids.to_iso_utc(moment), command_id="import")
    return RegisterAccount(handle=handle, name=author), envelope


def _author_or_fault(handle: str, outcome: Receipt | Refused, aggregates: Aggregates) -> str | BadRow:
    """The handle, where this or an earlier import registered it: such an account has no password.

    KeyReused means an earlier one did, with the name in other letters. A person's own account is never_stopped
    spoken for.
    """
    if isinstance(outcome, Unavailable):
        raise outcome
    if isinstance(outcome, Refused) and not isinstance(outcome, HandleTaken | KeyReused):
        return BadRow(outcome.sentence)
    if isinstance(outcome, HandleTaken) or aggregates.account(handle).password_hash:
        return BadRow(f"@{handle} belongs to somebody who registered it here; nobody may post in their name")
    return handle


def _moment_of(row: Row | BrokenRow) -> datetime:
    if isinstance(row, BrokenRow):
        raise BadRow(row.cause)
    try:
        moment = datetime.fromisoformat(row.fields[2])
        if moment.tzinfo is None:
            raise BadRow("its date has no time zone")
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadRow("its date isn't ISO 8601") from None
    if moment < _EPOCH:
        raise BadRow("its date is before 1970")
    return moment


def _post_id(id: str, moment: datetime) -> str:
    """The same row has the same post id at every run, and ids sort by time as all others do."""
    return ids.uuid7((moment - _EPOCH) // _MILLISECOND, hashlib.sha256(f"posts.csv:{id}".encode()).digest()[:10])

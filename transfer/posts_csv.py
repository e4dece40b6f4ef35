"""Takes in posts.csv: real posts, sent as commands of their authors, at their own times, each one once.

Everything that identifies a row is made from the row itself, so a second run or a restart doubles nothing.
"""

import hashlib
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import msgspec

from domain import ids
from domain.account import RegisterAccount
from domain.bus import CommandBus
from domain.errors import HandleTaken, KeyReused, Refused, Unavailable
from domain.messages import Envelope, Receipt
from domain.post import NewPost
from domain.text import handle_key

from .csv_rows import BrokenRow, Row, Rows
from .progress import Progress, Stopped, estimated, never
from .repair import repaired, repaired_link
from .report import ImportReport, Listing
from .source import Source

HEADER = ("id", "author", "created_at", "title", "body", "url", "score", "num_comments")
BATCH = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class BadRow(Exception):
    """The row can't be sent as a command; the message is the cause."""


class Ready(msgspec.Struct, frozen=True):
    """A row as it will be sent, and what was repaired in it."""

    row: Row
    command: NewPost
    envelope: Envelope
    repairs: set[str]


def import_posts(
    path: Path, bus: CommandBus, folder: Path, *, progress: Progress, stopped: Stopped = never
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
        while batch := list(islice(rows, BATCH)):
            try:
                importer.take(batch)
            except Unavailable as error:
                report.trouble = error.sentence
                break
            progress(report.rows, estimated(report.rows, source.share()))
            report.stopped = stopped()
            if report.stopped:
                break
        report.trouble = report.trouble or source.trouble
    report.rejects, report.repairs = rejects.written, repairs.written
    report.seconds = time.monotonic() - began
    return report


class _Importer:
    """Takes batches of rows in, and counts."""

    def __init__(self, bus: CommandBus, report: ImportReport, rejects: Listing, repairs: Listing) -> None:
        self._bus = bus
        self._report = report
        self._rejects = rejects
        self._repairs = repairs
        self._authors: dict[str, str | BadRow] = {}

    def take(self, batch: Iterable[Row | BrokenRow]) -> None:
        prepared = [(row, self._prepared(row)) for row in batch]
        ready = [one for _, one in prepared if isinstance(one, Ready)]
        outcomes = iter(self._bus.send_batch([(one.command, one.envelope) for one in ready]))
        for row, one in prepared:
            if isinstance(one, BadRow):
                self._reject(row, str(one))
            else:
                self._settle(one, next(outcomes))

    def _prepared(self, row: Row | BrokenRow) -> Ready | BadRow:
        if isinstance(row, BrokenRow):
            return BadRow(row.cause)
        try:
            return self._ready(row)
        except BadRow as bad:
            return bad

    def _ready(self, row: Row) -> Ready:
        id, author, created_at, title, body, url = row.fields[:6]
        if "\0" in row.text:
            raise BadRow("it has a NUL character in it")
        if not id:
            raise BadRow("its id is empty")
        moment = _moment(created_at)
        at = ids.timestamp(moment)
        handle = self._author(author, at)
        repairs: set[str] = set()
        command = NewPost(
            post=_post_id(id, moment),
            title=repaired(title, repairs),
            body=repaired(body, repairs),
            url=repaired_link(url, repairs),
            source=f"posts.csv:{id}",
        )
        return Ready(row, command, Envelope(actor=handle, at=at, command_id=f"import:{id}"), repairs)

    def _author(self, author: str, at: str) -> str:
        """The normalised handle, registered at first sight; BadRow for one that can't be used, each time."""
        if author not in self._authors:
            self._authors[author] = self._registered(author, at)
        known = self._authors[author]
        if isinstance(known, BadRow):
            raise BadRow(*known.args)
        return known

    def _registered(self, author: str, at: str) -> str | BadRow:
        """An account of a person is never spoken for: only one that an import registered, which has no password."""
        handle = handle_key(author)
        try:
            self._bus.send(
                RegisterAccount(handle=handle, name=author), Envelope(actor=handle, at=at, command_id="import")
            )
        except HandleTaken:
            return BadRow(f"@{handle} belongs to somebody who registered it here; nobody may post in their name")
        except KeyReused:
            """An import registered it before, with the name in other letters."""
        except Unavailable:
            raise
        except Refused as refusal:
            return BadRow(refusal.sentence)
        if self._bus.aggregates().account(handle).password_hash:
            return BadRow(f"@{handle} belongs to somebody who registered it here; nobody may post in their name")
        return handle

    def _settle(self, one: Ready, outcome: Receipt | Refused) -> None:
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


def _moment(created_at: str) -> datetime:
    try:
        moment = datetime.fromisoformat(created_at)
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

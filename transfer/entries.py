"""Imports posts and comments of another site: each file format in this folder makes entries, this sends them.

Everything that identifies one is made from itself, so a second run or a restart doubles nothing. A comment goes after
what it answers, wherever it stands in the file.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

import msgspec

from domain import ids
from domain.bus import CommandBus
from domain.comment import AddComment
from domain.errors import Refused, Unavailable
from domain.messages import Command, Envelope
from domain.post import NewPost

from . import moments
from .authors import Authors
from .csv_rows import BrokenRow, Row
from .progress import BadRow, Options, Progress, Stopped, never_stopped
from .repair import SCRAPED, Repairs
from .report import ImportReport, Listing

BATCH_ENTRIES = 2_000


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One post, or one comment, where `post` names the post that it is below.

    id, post, parent: the other site's ids. at: its date, unparsed. text: the entry as the file has it, for the list of
    rejects. cause: why it can't be imported, "" where it can.
    """

    line: int
    id: str
    text: str
    author: str = ""
    at: str = ""
    title: str = ""
    body: str = ""
    url: str = ""
    post: str = ""
    parent: str = ""
    cause: str = ""


def of_rows(rows: Iterable[Row | BrokenRow], make: Callable[[Row], Entry]) -> Iterator[Entry]:
    """An entry for each row, also for one that can't be read."""
    for row in rows:
        yield make(row) if isinstance(row, Row) else Entry(line=row.line, id="", text=row.text, cause=row.cause)


class _Dated(msgspec.Struct, frozen=True, gc=False):
    entry: Entry
    at: datetime


def import_entries(
    path: Path,
    origin: str,
    entries: Iterable[Entry],
    bus: CommandBus,
    folder: Path,
    *,
    known: Mapping[str, str],
    options: Options,
    progress: Progress,
    stopped: Stopped = never_stopped,
    repairs: Repairs = SCRAPED,
) -> ImportReport:
    """Sends every entry, and lists the rejected ones in a file of `folder`. origin names the site that they are of;
    known: posts of it that are here already, id → our id."""
    began = time.monotonic()
    report = ImportReport(path=path, strict=options.strict)
    with Listing(folder / f"{path.name}.rejects.csv", ("line", "id", "cause", "row")) as rejects:
        importer = _Importer(bus, origin, report, rejects, known, repairs)
        batches = importer.batches(entries, options)
        for batch in batches:
            try:
                importer.send(batch)
            except Unavailable as error:
                report.error = error.sentence
                break
            progress(report.rows, importer.total)
            report.stopped = stopped()
            if report.stopped:
                break
    report.rejects = rejects.written
    report.seconds = time.monotonic() - began
    return report


class _Importer:
    """Imports entries in batches, and counts them."""

    def __init__(
        self,
        bus: CommandBus,
        origin: str,
        report: ImportReport,
        rejects: Listing,
        known: Mapping[str, str],
        repairs: Repairs,
    ) -> None:
        self._bus = bus
        self._origin = origin
        self._report = report
        self._rejects = rejects
        self._repairs = repairs
        self._authors = Authors(bus)
        self._posts = dict(known)
        self._comments: dict[str, str] = {}
        self.total = 0

    def batches(self, entries: Iterable[Entry], options: Options) -> Iterator[Sequence[_Dated]]:
        """Posts, then comments wave by wave: none comes before what it answers."""
        found = list(entries)
        self.total = len(found)
        dated = [one for one in (self._dated(entry, options) for entry in found) if one is not None]
        posts = [one for one in dated if not one.entry.post]
        comments = [one for one in dated if one.entry.post]
        self._posts |= {one.entry.id: self._our_id("post", one) for one in posts}
        self._comments = {one.entry.id: self._our_id("comment", one) for one in comments}
        for wave in (posts, *_waves(comments)):
            remaining = iter(wave)
            while batch := list(islice(remaining, BATCH_ENTRIES)):
                yield batch

    def send(self, batch: Sequence[_Dated]) -> None:
        self._authors.register((one.entry.author, one.at) for one in batch)
        sent = [(one, command) for one in batch if (command := self._command(one)) is not None]
        outcomes = self._bus.send_batch([command for _, command in sent])
        for (one, _), outcome in zip(sent, outcomes, strict=True):
            if isinstance(outcome, Unavailable):
                raise outcome
            if isinstance(outcome, Refused):
                self._reject(one.entry, outcome.sentence)
            else:
                self._report.count(repeated=outcome.repeated)

    def _dated(self, entry: Entry, options: Options) -> _Dated | None:
        """The entry with its moment; None where it is rejected already."""
        try:
            if entry.cause:
                raise BadRow(entry.cause)
            if not entry.id:
                raise BadRow("its id is empty")
            return _Dated(entry, moments.read(entry.at, options.zone, options.now))
        except BadRow as bad:
            self._reject(entry, str(bad))
            return None

    def _command(self, one: _Dated) -> tuple[Command, Envelope] | None:
        entry = one.entry
        try:
            actor = self._authors.account(entry.author)
            command = self._comment(entry) if entry.post else self._post(entry)
        except BadRow as bad:
            self._reject(entry, str(bad))
            return None
        kind = "comment:" if entry.post else ""
        command_id = f"import:{self._origin}:{kind}{entry.id}"
        return command, Envelope(actor=actor, at=ids.to_iso_utc(one.at), command_id=command_id)

    def _post(self, entry: Entry) -> NewPost:
        done: set[str] = set()
        url = self._repairs.link(entry.url, done)
        title, body = self._repairs.text(entry.title, done), self._repairs.text(entry.body, done)
        source = f"{self._origin}:{entry.id}"
        return NewPost(post=self._posts[entry.id], title=title, body=body, url=url, source=source)

    def _comment(self, entry: Entry) -> AddComment:
        post = self._posts.get(entry.post)
        if post is None:
            self._report.without_thread += 1
            raise BadRow(f"the post that it is below ({entry.post[:80]}) isn't here")
        parent = self._comments.get(entry.parent) if entry.parent else None
        if entry.parent and parent is None:
            self._report.without_thread += 1
            raise BadRow(f"the comment that it answers ({entry.parent[:80]}) isn't in the file")
        body = self._repairs.text(entry.body, set())
        return AddComment(comment=self._comments[entry.id], post=post, parent=parent, body=body)

    def _our_id(self, kind: str, one: _Dated) -> str:
        return moments.id_of(f"{self._origin}:{kind}:{one.entry.id}", one.at)

    def _reject(self, entry: Entry, cause: str) -> None:
        self._report.rejected += 1
        self._rejects.write(entry.line, entry.id, cause, entry.text)


def _waves(comments: Sequence[_Dated]) -> Iterator[list[_Dated]]:
    """Comments by how deep they are: each wave answers what went before. What answers itself comes last."""
    remaining = list(comments)
    coming = {one.entry.id for one in comments}
    while remaining:
        wave = [one for one in remaining if one.entry.parent not in coming]
        if not wave:
            yield remaining
            return
        yield wave
        coming -= {one.entry.id for one in wave}
        remaining = [one for one in remaining if one.entry.parent in coming or one.entry.id in coming]

"""The stages of making a takeout. A stage is done in steps: each reads a page, and says where the next one goes on.

A step depends on its cursor and on the site alone, so that one that is done again after a crash gives the same bytes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from markupsafe import Markup
from sqlalchemy import Connection, Engine

from domain.ports import EventStore
from readmodel.engine.views import AccountView, Key
from retention import Retention

from . import activities, pages, personal, sources, streams
from .markdown import render
from .output import DECISIONS, LISTS, UNREADABLE, Output
from .ownership import private_streams, shown_names
from .sources import Writing

FORMAT, FORMAT_VERSION = "verbatim-takeout", 1
WRITINGS_AT_ONCE = 100
MAX_STEP_CHARS = 400_000
"""Of texts that are rendered in one step."""
LIKES_AT_ONCE = 300
ROWS_AT_ONCE = 100
MAX_SHOWN = 200
"""Of decisions and the like on the first page; the files have them all."""
OUTBOX, PROFILE, MANIFEST = "outbox.json", "profile.json", "takeout.json"
WRITINGS, ACTIVITIES = "writings", "activities"


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where making goes on: in which stage, behind what of it. counts: as of Output."""

    stage: int = 0
    after: list[Any] | None = None
    counts: dict[str, int] = {}


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Whose takeout it is, and what it is made from. person: the id of their account; handle: what it is called today.

    lines_of: the first lines of a file, as far as it is made.
    """

    person: str
    handle: str
    language: str
    base: str
    requested_at: str
    control: Engine
    read: Connection
    store: EventStore
    retention: Retention
    lines_of: Callable[[str, int], list[Any]]

    def part(self, template: str, **values: Any) -> str:
        return pages.part(template, self.language, self.base, **values)

    def add_streams(self, out: Output, names: Iterable[str]) -> None:
        streams.add_own(out, self.store, self.read, names, self.person)


Stage = Callable[[Subject, Output, list[Any] | None], Sequence[Any] | None]
"""Adds a step's output; gives where the next step goes on, None where the stage is over."""


def step(subject: Subject, cursor: Cursor) -> tuple[Output, Cursor | None]:
    """The output of one step, and the next cursor; None behind the last stage."""
    out = Output(cursor.counts)
    after = STAGES[cursor.stage](subject, out, cursor.after)
    if after is not None:
        return out, Cursor(stage=cursor.stage, after=list(after), counts=out.counts)
    if cursor.stage + 1 == len(STAGES):
        return out, None
    return out, Cursor(stage=cursor.stage + 1, counts=out.counts)


def _begin(subject: Subject, out: Output, _after: list[Any] | None) -> None:
    for name in LISTS:
        out.text(name, "")
    account = personal.account(subject.read, subject.person) or _nobody(subject.handle)
    profile = msgspec.to_builtins(account)
    out.text(PROFILE, msgspec.json.encode(profile, order="sorted").decode() + "\n")
    total = sources.count_writings(subject.read, subject.person)
    out.text(
        pages.FIRST_PAGE,
        subject.part("index_begin", account=account, total=total, requested_at=subject.requested_at),
    )
    header = {"@context": activities.CONTEXT, "type": "OrderedCollection", "name": f"@{account.handle}"}
    out.text(OUTBOX, msgspec.json.encode(header).decode().removesuffix("}") + ',"orderedItems":[\n')


def _nobody(handle: str) -> AccountView:
    """In place of an account that the read model lacks: its stream is parked."""
    return AccountView(
        handle=handle, name="", bio="", roles=(), suspended=False, suspended_reason=None, suspended_until=None,
        posts=0, comments=0, version=0, joined_at="",
    )  # fmt: skip


def _private(subject: Subject, out: Output, after: list[Any] | None) -> Sequence[Any] | None:
    """The account, its webhooks, drafts and sessions; then its tokens."""
    if after is None:
        subject.add_streams(out, private_streams(subject.person))
        _add(out, "webhooks.jsonl", personal.webhook_lines(subject.read, subject.person))
        _add(out, "drafts.jsonl", personal.drafts_of(subject.control, subject.person))
        at, lifetime = subject.requested_at, subject.retention.sessions
        _add(out, "sessions.jsonl", personal.sessions_of(subject.control, subject.person, at, lifetime))
    rows = sources.tokens_of(subject.read, subject.person, after[0] if after else "", ROWS_AT_ONCE)
    _add(out, "tokens.jsonl", personal.token_lines(subject.control, rows))
    subject.add_streams(out, (sources.token_stream(row.id) for row in rows))
    return [rows[-1].id] if len(rows) == ROWS_AT_ONCE else None


def _writings(subject: Subject, out: Output, after: list[Any] | None) -> Sequence[Any] | None:
    """Posts and comments, newest first, to all the files that have them."""
    key: Key | None = None if after is None else tuple(after)
    page, next = sources.writings(subject.read, subject.person, key, WRITINGS_AT_ONCE)
    found = _first_of(page)
    if len(found) < len(page):
        next = (found[-1].row.created_at, found[-1].row.id)
    names = shown_names(subject.read, (id for one in found for id in (one.row.edited_by, one.row.removed_by) if id))
    for one in found:
        html = render(one.row.body, subject.base)
        out.line("posts.jsonl" if one.kind == "post" else "comments.jsonl", _writing(one, names))
        _add_to_outbox(subject, out, one, html)
        _add_to_page(subject, out, one, html)
    subject.add_streams(out, (one.stream for one in found))
    if next is None:
        _end_pages(subject, out)
    return next


def _first_of(page: Sequence[Writing]) -> Sequence[Writing]:
    """As many as a step takes, one at least: a step ends well before the lease does."""
    chars = 0
    for number, one in enumerate(page, 1):
        chars += len(one.row.body)
        if chars >= MAX_STEP_CHARS:
            return page[:number]
    return page


def _add_to_outbox(subject: Subject, out: Output, one: Writing, html: Markup) -> None:
    if one.row.removed or (not one.row.body and one.kind == "comment") or (one.kind == "post" and not one.row.title):
        return
    before = out.count(ACTIVITIES)
    activity = msgspec.json.encode(activities.create(one, subject.handle, subject.base, html)).decode()
    out.text(OUTBOX, f",\n{activity}" if before else activity)


def _add_to_page(subject: Subject, out: Output, one: Writing, html: Markup) -> None:
    number = out.count(WRITINGS)
    name, newer = pages.page_name(number), pages.page_name(max(0, number - 1))
    if name != newer:
        out.text(newer, subject.part("older_link", older=name))
        if newer != pages.FIRST_PAGE:
            out.text(newer, subject.part("older_end"))
        page = number // pages.PAGE_WRITINGS + 1
        out.text(name, subject.part("older_begin", newer=newer, number=page, handle=subject.handle))
    out.text(name, subject.part("writing", one=one, html=html))


def _end_pages(subject: Subject, out: Output) -> None:
    last = pages.page_name(max(0, out.counts.get(WRITINGS, 0) - 1))
    if last != pages.FIRST_PAGE:
        out.text(last, subject.part("older_end"))


def _likes(subject: Subject, out: Output, after: list[Any] | None) -> Sequence[Any] | None:
    liked = sources.liked(subject.read, subject.person, after[0] if after else "", LIKES_AT_ONCE)
    subject.add_streams(out, liked)
    for stream in liked:
        target = stream.removeprefix("like-")
        out.line("likes.jsonl", {"about": "-".join(target.split("-")[:6])})
    return [liked[-1]] if len(liked) == LIKES_AT_ONCE else None


def _acts(subject: Subject, out: Output, after: list[Any] | None) -> Sequence[Any] | None:
    """What they did as a moderator or admin, to things of others."""
    rows, next = sources.acts(subject.read, subject.person, None if after is None else tuple(after), ROWS_AT_ONCE)
    streams.add_acts(out, subject.store, ((row.stream, row.version) for row in rows), subject.person)
    return next


def _notifications(subject: Subject, out: Output, after: list[Any] | None) -> Sequence[Any] | None:
    key: Key | None = None if after is None else tuple(after)
    since = personal.moved(subject.requested_at, -subject.retention.notifications)
    lines, next = personal.notification_lines(subject.read, subject.person, since, key, ROWS_AT_ONCE)
    _add(out, "notifications.jsonl", lines)
    return next


def _visits(subject: Subject, out: Output, after: list[Any] | None) -> Sequence[Any] | None:
    lines = personal.visit_lines(subject.control, subject.person, after[0] if after else "", ROWS_AT_ONCE)
    _add(out, "visits.jsonl", lines)
    return [lines[-1]["post"]] if len(lines) == ROWS_AT_ONCE else None


def _end(subject: Subject, out: Output, _after: list[Any] | None) -> None:
    listed: Mapping[str, list[Any]] = {
        name: subject.lines_of(f"{name}.jsonl", MAX_SHOWN) for name in ("drafts", "tokens", "webhooks", "sessions")
    }
    counts = out.counts
    out.text(
        pages.FIRST_PAGE,
        subject.part(
            "index_end",
            decisions=subject.lines_of(DECISIONS, MAX_SHOWN),
            more_decisions=counts.get(DECISIONS, 0) > MAX_SHOWN,
            unreadable=counts.get(UNREADABLE, 0),
            **listed,
        ),
    )
    out.text(OUTBOX, f'\n],"totalItems":{counts.get(ACTIVITIES, 0)}}}\n')
    manifest = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "site": subject.base,
        "account": subject.person,
        "handle": subject.handle,
        "requested_at": subject.requested_at,
        "lines": {name: counts.get(name, 0) for name in LISTS},
    }
    out.text(MANIFEST, msgspec.json.encode(manifest).decode() + "\n")


def _add(out: Output, name: str, lines: Iterable[dict[str, Any]]) -> None:
    for line in lines:
        out.line(name, line)


def _writing(one: Writing, names_of: Mapping[str, str]) -> dict[str, Any]:
    row = one.row
    names = ("title", "url", "comments", "locked") if one.kind == "post" else ("post", "parent")
    shared = (
        "id", "body", "likes", "version", "created_at", "edited_at", "edit_reason", "removed", "removed_reason",
    )  # fmt: skip
    found = {name: row._mapping[name] for name in (*shared, *names)}
    found |= {name: (id := row._mapping[name]) and names_of[id] for name in ("edited_by", "removed_by")}
    return found | ({"tags": row.tags.split()} if one.kind == "post" else {})


STAGES: tuple[Stage, ...] = (_begin, _private, _writings, _likes, _acts, _notifications, _visits, _end)
"""In this order; a cursor names one by its place."""

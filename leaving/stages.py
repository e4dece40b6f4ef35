"""The stages of carrying out that somebody left. A stage is done in steps, each of which says where the next goes on.

First the account is closed, and its handles go: from then on nobody can come back, and nothing new can come. Then what
the lists have of the person is erased page by page, once they show all that was before.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from domain import account, comment, handle, leaving, post, reasons, token, webhook
from domain.errors import Damaged, Parked
from domain.ids import from_now, now
from domain.moderation import bulk
from operational import departures
from operational.departures import LeaseLost
from readmodel.engine import progress
from readmodel.engine.connections import changing
from takeout import sources

from . import desk_words, reported
from .steps import Cursor, Wait
from .subject import Subject

WRITINGS_AT_ONCE = 20
"""Of one step: it ends well before its lease, and others who write come in between."""
TOKENS_AT_ONCE = 20
MAX_NAMED = 5
"""Streams in one line of the log."""
RESERVED = timedelta(days=handle.RESERVED_DAYS)


Stage = Callable[[Subject, Cursor], list[Any] | None]
"""Carries out a step; gives where the next one goes on, None where the stage is over. Raises Wait, LeaseLost."""


def step(subject: Subject, cursor: Cursor) -> Cursor | None:
    """Carries out one step; gives the next cursor, None behind the last stage. Raises Wait, LeaseLost."""
    try:
        after = STAGES[cursor.stage](subject, cursor)
    except (Damaged, Parked) as error:
        raise Wait(str(error)) from error
    unreadable = [*cursor.unreadable, *subject.unreadable]
    if after is not None:
        return msgspec.structs.replace(cursor, after=after, unreadable=unreadable)
    if cursor.stage + 1 == len(STAGES):
        return None
    return msgspec.structs.replace(cursor, stage=cursor.stage + 1, after=None, unreadable=unreadable)


def _close(subject: Subject, _cursor: Cursor) -> list[Any] | None:
    """Closes the account, for good."""
    state, departure = subject.state(), subject.departure
    if not state.closed:
        if state.leaving is None:
            departures.drop(subject.control, departure)
            raise LeaseLost(departure.id)
        if state.leaving.until >= now():
            with changing(subject.control) as connection:
                departures.save(connection, departure, until=state.leaving.until, state="waiting", leased_until=now())
            raise LeaseLost(departure.id)
    if chosen := state.leaving:
        with changing(subject.control) as connection:
            subject.departure = departures.save(connection, departure, choice=chosen.choice)
    command = leaving.EraseAccount(handle=subject.person, now=now())
    subject.erase("account", account.stream(subject.person), command)
    return None


def _retire_handles(subject: Subject, _cursor: Cursor) -> list[Any] | None:
    """Each that was ever claimed: a repeat of this step finds what the first one did."""
    for version in subject.versions(account.stream(subject.person), handle.HandleClaimed):
        retire = leaving.RetireHandle(handle=subject.person, version=version, reserved_until=from_now(RESERVED))
        subject.erase("handles", f"{account.stream(subject.person)} {version}", retire)
    return None


def _wait_for_lists(subject: Subject, _cursor: Cursor) -> list[Any] | None:
    """Until they show all that the person did: their account was closed after that."""
    last = subject.last_position()
    if last is None or subject.meter.measure().shown_before <= last:
        raise Wait("The lists don't show yet that the account is closed.")
    return None


def _tokens(subject: Subject, cursor: Cursor) -> list[Any] | None:
    last = cursor.after[0] if cursor.after else ""
    with subject.generations.connect() as connection:
        rows = sources.tokens_of(connection, subject.person, last, TOKENS_AT_ONCE)
    for row in rows:
        _erase(subject, "tokens", token.stream(row.id))
    departures.forget_uses(subject.control, [row.id for row in rows])
    return [rows[-1].id] if len(rows) == TOKENS_AT_ONCE else None


def _webhooks(subject: Subject, _cursor: Cursor) -> list[Any] | None:
    _erase(subject, "webhooks", webhook.stream(subject.person))
    return None


def _writings(subject: Subject, cursor: Cursor) -> list[Any] | None:
    """Posts and comments, newest first."""
    chosen = subject.choice()
    key = tuple(cursor.after) if cursor.after else None
    with subject.generations.connect() as connection:
        page, next = sources.writings(connection, subject.person, key, WRITINGS_AT_ONCE)
    for one in page:
        if chosen and chosen.erases(one.stream):
            _erase(subject, "texts", one.stream)
    return list(next) if next else None


def _reasons(subject: Subject, cursor: Cursor) -> list[Any] | None:
    """Those that the person gave for what they did to others' things; they stay where the texts do."""
    chosen = subject.choice()
    if chosen is None or chosen.default == "keep":
        return None
    key = tuple(cursor.after) if cursor.after else None
    with subject.generations.connect() as connection:
        rows, next = sources.acts(connection, subject.person, key, WRITINGS_AT_ONCE)
    for stream in dict.fromkeys(row.stream for row in rows):
        _erase(subject, "reasons", stream)
    return list(next) if next else None


def _retry_unread(subject: Subject, cursor: Cursor) -> list[Any] | None:
    """What the lists may not have, since it can't be folded, and what couldn't be read in an earlier stage."""
    with subject.generations.connect() as connection:
        parked = sorted(progress.parked_streams(connection))
    for entry in dict.fromkeys([*_parked(subject, parked), *cursor.unreadable]):
        kind, stream, *_ = entry.split(" ")
        _erase(subject, kind, stream)
    if subject.unreadable:
        raise Wait(f"What can't be read can't be erased: {', '.join(subject.unreadable[:MAX_NAMED])}")
    return None


def _parked(subject: Subject, streams: Sequence[str]) -> Iterator[str]:
    """What is to be erased of streams that the lists haven't."""
    chosen = subject.choice()
    for stream in streams:
        match stream.partition("-")[0]:
            case "token" if subject.wrote(stream):
                yield f"tokens {stream}"
            case "report" if subject.wrote(stream):
                yield f"reports {stream}"
            case "case" | "appeal" if subject.wrote(stream) or subject.acted_in(stream):
                yield f"moderation {stream}"
            case "post" | "comment" if subject.wrote(stream):
                if chosen and chosen.erases(stream):
                    yield f"texts {stream}"
            case "post" | "comment" | "account" if chosen and chosen.default == "erase" and subject.acted_in(stream):
                yield f"reasons {stream}"


def _erase(subject: Subject, kind: str, stream: str) -> None:
    """Erases what of one stream is to go. kind: tokens, webhooks, texts, reasons, reports or moderation."""
    of, _, id = stream.partition("-")
    match kind, of:
        case "tokens", _:
            subject.erase(kind, stream, token.EraseToken(token=id))
        case "webhooks", _:
            _erase_webhooks(subject, stream)
        case "reports", _:
            reported.erase(subject, stream)
        case "moderation", _:
            desk_words.erase(subject, stream)
        case "texts", "post":
            subject.erase(kind, stream, post.ErasePost(post=id))
        case "texts", "comment":
            subject.erase(kind, stream, comment.EraseComment(comment=id))
        case "reasons", _:
            _erase_reasons(subject, stream)
        case _:
            raise ValueError(f"there are no {kind} of {stream} to erase")


def _erase_reasons(subject: Subject, stream: str) -> None:
    """What is done to the site itself has no reason."""
    of, _, id = stream.partition("-")
    match of:
        case "post":
            subject.erase("reasons", stream, reasons.ErasePostReasons(post=id))
        case "comment":
            subject.erase("reasons", stream, reasons.EraseCommentReasons(comment=id))
        case "account":
            subject.erase("reasons", stream, reasons.EraseAccountReasons(account=id))
        case "batch":
            subject.erase("reasons", stream, bulk.EraseBatchReasons(batch=id))


def _erase_webhooks(subject: Subject, stream: str) -> None:
    """Each that was ever added, as with handles."""
    try:
        added = subject.versions(stream, webhook.WebhookAdded)
    except Damaged:
        subject.unreadable.append(f"webhooks {stream}")
        return
    for event in added.values():
        remove = webhook.RemoveWebhook(handle=subject.person, webhook=event.webhook)
        subject.erase("webhooks", f"{stream} {event.webhook}", remove)


def _delete_rows(subject: Subject, _cursor: Cursor) -> list[Any] | None:
    departures.delete_rows_of(subject.control, subject.person)
    return None


STAGES: Sequence[Stage] = (
    _close, _retire_handles, _wait_for_lists, _tokens, _webhooks, _writings, _reasons, reported.decided,
    desk_words.settled, _retry_unread, _delete_rows, reported.undecided, desk_words.open_ones,
)  # fmt: skip

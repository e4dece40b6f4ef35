"""What happens on the site, for programs that follow it: by position, a page at a time, waiting, or as a stream."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast
from urllib.parse import urlencode

import msgspec
from flask import Response, current_app, request, stream_with_context

from domain import ids
from domain.gaps import Decoded, Unreadable
from domain.messages import Event
from domain.moderation.suspension import AccountSuspended
from domain.text import whole_number
from domain.token import TokenRevoked
from transfer.cloudevents import CloudEvent, Onlooker
from webapp.site import database, site

from . import authentication, pagination
from .errors import Malformed
from .operations import ROOT, Call, Operation, Reply
from .schema import fields, request_bodies, response_bodies
from .stream_slots import Places

POLL_S = 0.25
BEAT_S = 15.0
"""A client that is gone shows at the second heartbeat. A token that has run out ends its stream at the next one."""
LIFE_S = 300.0
BATCH = 100
STREAM = "text/event-stream"
STREAM_BY_ACCEPT_DEPRECATED = "@1795910400"
"""Since when /events/stream takes the place of this address with another Accept: 29 November 2026 (RFC 9745)."""


class Events(response_bodies.Answer, frozen=True, kw_only=True):
    """next goes into `after`: the position up to which everything was looked at, also where it may not be seen."""

    items: list[CloudEvent]
    next: fields.Position


class Ticket(response_bodies.Answer, frozen=True, kw_only=True):
    """url is the stream with the ticket in it: `new EventSource(url)`. It opens until expires_at."""

    ticket: str
    url: str
    expires_at: fields.Moment


def list_events(call: Call) -> Reply | Response:
    """What happened after a position, as CloudEvents. With `wait` the answer waits for something to happen."""
    wanted: request_bodies.Following = call.query
    if _wants_stream():
        response = stream_events(call)
        response.headers["Deprecation"] = STREAM_BY_ACCEPT_DEPRECATED
        return response
    with _places().taken(needed=wanted.wait > 0):
        found = _page(call, wanted)
    return Reply(found, pagination.links(found.next))


def stream_events(call: Call) -> Response:
    """What happens, as server-sent events, each a CloudEvent. It begins after `after`, or after `Last-Event-ID`, which
    EventSource sends by itself when it comes again. A ticket in the address does for the token."""
    return _stream(call, _last_seen() or call.query.after)


def make_ticket(call: Call) -> Reply:
    """Get a ticket for the stream of events: a browser's EventSource can send no token. It ends with its token."""
    ticket = authentication.ticket(call.caller)
    until = datetime.now(UTC) + timedelta(seconds=authentication.TICKET_S)
    url = f"{ROOT}/events/stream?{urlencode({'ticket': ticket})}"
    return Reply(Ticket(ticket=ticket, url=url, expires_at=ids.to_iso_utc(until)))


def _wants_stream() -> bool:
    """Whether Accept prefers a stream to JSON; with q=0 it forbids one."""
    accepted = request.accept_mimetypes
    return accepted.quality(STREAM) > 0 and accepted.best_match(["application/json", STREAM]) == STREAM


def _page(call: Call, wanted: request_bodies.Following) -> Events:
    """Whoever has waited is asked for their right again. Raises what a call of today's would."""
    onlooker = _onlooker(call)
    until = time.monotonic() + wanted.wait
    after, waited = wanted.after, False
    while True:
        stored = site.current().bus.stored(after, wanted.limit)
        if waited and (stored or time.monotonic() >= until):
            authentication.require_still_valid(call.caller)
        items = [event for events in onlooker.shown(stored) for event in events]
        after = (stored[-1][0].position or after) if stored else after
        if items or time.monotonic() >= until or _stopping():
            return Events(items=items, next=after)
        waited = True
        time.sleep(0 if stored else POLL_S)


def _stream(call: Call, after: int) -> Response:
    places = _places()
    places.take()
    database.release()
    response = Response(stream_with_context(_told(call, after)), mimetype=STREAM)
    response.headers.update({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    # Not in a finally of the generator: one that never started doesn't run it.
    response.call_on_close(places.leave)
    return response


def _told(call: Call, after: int) -> Iterator[str]:
    """An event carries its position as id only with the last of its commit: who comes again misses nothing."""
    until = time.monotonic() + LIFE_S
    beat = time.monotonic() + BEAT_S
    keeps_up = False
    yield f"retry: 2000\nid: {after}\n\n"
    while time.monotonic() < until and not _stopping():
        stored = site.current().bus.stored(after, BATCH)
        if stored and not (keeps_up and _lets_go_on(call, stored)) and not authentication.still_holds(call.caller):
            return
        keeps_up = keeps_up or bool(stored)
        for (commit, _), events in zip(stored, _onlooker(call).shown(stored), strict=True):
            after = commit.position or after
            for event in events[:-1]:
                yield f"data: {msgspec.json.encode(event).decode()}\n\n"
            last = f"data: {msgspec.json.encode(events[-1]).decode()}\n" if events else ""
            yield f"{last}id: {after}\n\n"
        if time.monotonic() >= beat:
            if not authentication.still_holds(call.caller):
                return
            beat = time.monotonic() + BEAT_S
            yield ": still here\n\n"
        if not stored:
            time.sleep(POLL_S)


def _lets_go_on(call: Call, stored: Sequence[Decoded]) -> bool:
    """Whether nothing in a batch can have ended the caller's right.

    Where it reaches up to now, nothing else has: what ends it is an event too, and comes before what may not be told
    any more. So a stream that keeps up asks nobody.
    """
    return len(stored) < BATCH and not any(_ends(event, call.caller) for _, events in stored for event in events)


def _ends(event: Event | Unreadable, caller: authentication.Caller) -> bool:
    match event:
        case AccountSuspended():
            return event.account == caller.account
        case TokenRevoked():
            return event.token == caller.token
    return False


def _onlooker(call: Call) -> Onlooker:
    here = site.current()
    return Onlooker(here.bus, call.caller.account, uses_roles=call.caller.uses_roles, source=here.settings.event_source)


def _last_seen() -> int:
    given = request.headers.get("Last-Event-ID")
    if given is None:
        return 0
    if (position := whole_number(given, digits=15)) is None:
        raise Malformed("Last-Event-ID must be a position, as the stream gave it.")
    return position


def _places() -> Places:
    return cast(Places, current_app.extensions["api_places"])


def _stopping() -> bool:
    return site.process().stopping()


OPERATIONS = (
    Operation(
        method="GET", path="/events", handler=list_events, scope="read",
        query=request_bodies.Following, answer=Events,
    ),
    Operation(
        method="GET", path="/events/stream", handler=stream_events, scope="read",
        query=request_bodies.Streaming, answer=None, streams=True,
    ),
    Operation(
        method="POST", path="/events/tickets", handler=make_ticket, scope="read", answer=Ticket, status=201,
    ),
)  # fmt: skip

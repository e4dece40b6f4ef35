"""Sends commands for the logged in person, and waits a moment until the read model shows the outcome."""

import re
import time
from collections.abc import Iterable, Mapping

import msgspec
from flask import flash, g, request
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from domain import ids
from domain.errors import Sentence, Unavailable
from domain.messages import Command, Envelope, Receipt
from domain.moderation.suspension import SuspendAccount
from webapp.site import idempotency

from . import database, i18n, site

CATCHING_UP = Sentence("Saved. Lists are catching up.")
_TRACE = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\Z")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{8,64}\Z")


class Sent(msgspec.Struct, frozen=True):
    """A command that was accepted. shown: whether the pages show its outcome already."""

    receipt: Receipt
    shown: bool

    @property
    def note(self) -> str:
        """What to say beside the result; "" where the result speaks for itself."""
        return "" if self.shown else i18n.translate(CATCHING_UP)


def send(
    command: Command,
    command_id: str | None = None,
    *,
    actor: str | None = None,
    wait_s: float | None = None,
    without_roles: bool = False,
    seen: tuple[int, ...] | None = None,
) -> Sent:
    """Sends a command by the bus. Raises Refused, and then nothing was stored. actor: by default the logged in person.

    wait_s: how long to wait for the read model, by default as long as the site does; below 0 it isn't even asked.
    without_roles: as an author only. seen: versions one of which it must stand at.
    """
    envelope = Envelope(
        actor=actor or current_user.account,
        at=ids.now(),
        command_id=command_id,
        correlation_id=ids.sealable(request_id()),
        traceparent=traceparent(),
        without_roles=without_roles,
        seen=seen,
    )
    receipt = idempotency.send(command, envelope)
    if isinstance(command, SuspendAccount):
        site.current().sessions.close_all(receipt.subject)
    shown = _shown(receipt, wait_s)
    g.shown = shown
    return Sent(receipt, shown)


def await_shown(receipts: Iterable[Receipt], wait_s: float | None) -> None:
    """Waits until the read model shows what several commands left, for as long as `send` would wait for one."""
    wait_s = site.current().settings.wait_s if wait_s is None else wait_s
    until = time.monotonic() + wait_s
    shown = [_shown(one, wait_s if wait_s < 0 else max(0.0, until - time.monotonic())) for one in receipts]
    g.shown = all(shown)


def flash_note(sent: Sent) -> Sent:
    """Flashes on the next page that lists are catching up, where they are."""
    if sent.note:
        flash(sent.note)
    return sent


def request_id() -> str:
    """One id for all that this request causes: the proxy's, else a new one."""
    id: str | None = g.get("request_id")
    if id is None:
        g.request_id = id = request_id_of(request.environ)
    return id


def request_id_of(environ: Mapping[str, str]) -> str:
    """The id that the proxy gave a request, else a new one."""
    given = environ.get("HTTP_X_REQUEST_ID", "")
    return given if _REQUEST_ID.match(given) else ids.uuid7()


def _shown(receipt: Receipt, wait_s: float | None) -> bool:
    """Whether the read model shows it in time. False also where wait_s < 0, where the read model can't be reached, and
    where it is of another store: the command is stored all the same."""
    if wait_s is not None and wait_s < 0:
        return False
    here = site.current()
    try:
        database.refresh()
        shown = here.live.wait(receipt, here.settings.wait_s if wait_s is None else wait_s, database.connections())
        return shown and here.belonging.recent_mismatch() is None
    except (SQLAlchemyError, Unavailable):
        database.release()
        return False


def traceparent() -> str | None:
    """The W3C trace that the request says it belongs to."""
    given = request.headers.get("Traceparent", "")
    return given if _TRACE.match(given) else None

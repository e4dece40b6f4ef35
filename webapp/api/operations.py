"""The type of an operation: one value from which its route, its documentation and its tests are made."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from flask import Response

from domain.contribution import Seen
from domain.messages import Command, Receipt
from webapp.site import commands, idempotency

from .authentication import Caller
from .schema import request_bodies

VERSION = "/v1"
ROOT = f"/api{VERSION}"
"""The address of this version of the API, as clients see it."""
Headers = dict[str, str]


def location(address: str) -> Headers:
    """The Location header of what was created. address is below /api/v1."""
    return {"Location": ROOT + address}


class Reply(msgspec.Struct, frozen=True):
    """A response before it is encoded: the body, and headers of its own."""

    body: msgspec.Struct | msgspec.Raw
    headers: Headers = {}


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call as read: ids from the address, body and query in their types.

    by is None where no token came. key is the Idempotency-Key, seen the versions that If-Match names (None: any),
    wait_s how long to wait. listing names the list that is asked for, with all that its cursors depend on.
    """

    ids: Mapping[str, str]
    body: Any = None
    query: Any = None
    by: Caller | None = None
    key: str | None = None
    seen: tuple[int, ...] | None = None
    wait_s: float | None = None
    listing: str = ""

    @property
    def caller(self) -> Caller:
        if self.by is None:
            raise LookupError("this operation is public, so it has no caller")
        return self.by

    @property
    def viewer(self) -> str | None:
        """The account id of whoever calls, None for a stranger."""
        return self.by.account if self.by else None

    def moderates(self) -> bool:
        """Whether a moderator calls, by a token that is good for it."""
        return self.by is not None and self.by.is_moderator()

    @property
    def edited(self) -> Seen:
        """The same for the command of an edit, which says itself what its editor saw."""
        return self.seen[0] if self.seen is not None and len(self.seen) == 1 else self.seen

    def send(self, command: Command, *, actor: str | None = None) -> Receipt:
        """Sends it for whoever calls; actor where there is no token yet."""
        return commands.send(
            command,
            self.key,
            actor=actor or self.caller.account,
            wait_s=self.wait_s,
            without_roles=self.by is not None and not self.by.uses_roles,
            seen=self.seen,
        ).receipt


class _Kept(msgspec.Struct):
    headers: Headers
    body: msgspec.Raw


_KEPT = msgspec.json.Decoder(_Kept)
Handler = Callable[[Call], Reply | Response]


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """method and path (below /api/v1, ids in braces) are the address; the handler's docstring describes it.

    scope     what a token must be good for; None: no token is looked at
    reads     what it makes tells of things: the token must be good for reading too
    public    answers without a token too
    command   changes something: takes Idempotency-Key and ?wait=
    queues    changes a queue and no stream: the answer is kept with its Idempotency-Key
    edits     needs If-Match, and compares the text
    conditional  hears If-Match, as it changes a thing with an ETag
    etag      answers carry one, and If-None-Match is heard
    while_leaving  also for a token of whoever leaves already, so that a repeat is answered
    while_suspended  also for a token of somebody suspended: what was decided about them, and their appeals
    streams   answers with server-sent events; a ticket in the address does for the token
    file      answers with a file of this media type, in place of JSON
    refusals  statuses that its own rules give; the others follow from the rest
    """

    method: str
    path: str
    handler: Handler
    scope: str | None
    answer: Any
    status: int = 200
    body: type[request_bodies.Request] | None = None
    query: type[request_bodies.Request] = request_bodies.Nothing
    public: bool = False
    reads: bool = False
    queues: bool = False
    edits: bool = False
    conditional: bool = False
    etag: bool = False
    streams: bool = False
    while_leaving: bool = False
    while_suspended: bool = False
    file: str = ""
    refusals: tuple[int, ...] = ()

    def once(self, call: Call) -> Reply:
        """The handler's reply, or the first one to this Idempotency-Key. Raises KeyReused."""

        def make() -> str:
            made = self.handler(call)
            if not isinstance(made, Reply):
                raise TypeError(f"{self.name} doesn't answer with a Reply")
            return msgspec.json.encode({"headers": made.headers, "body": made.body}).decode()

        request = " ".join((self.name, *call.ids.values()))
        kept = _KEPT.decode(idempotency.answer(call.caller.account, call.key, request, make))
        return Reply(kept.body, kept.headers)

    @property
    def command(self) -> bool:
        return self.method != "GET"

    @property
    def name(self) -> str:
        return self.handler.__name__

    @property
    def statuses(self) -> list[int]:
        """Every status it can answer with."""
        found = {self.status, 400, 414, 429, 503, *self.refusals}
        if self.scope:
            found |= {401, 403}
        if "{" in self.path:
            found.add(404)
        if self.body is not None:
            found |= {408, 413, 415}
        # Any command may come with an Idempotency-Key that was used for another.
        if self.command or self.query.__struct_fields__:
            found.add(422)
        if self.conditional:
            found.add(412)
        if self.edits:
            found.add(428)
        if self.etag:
            found.add(304)
        return sorted(found)

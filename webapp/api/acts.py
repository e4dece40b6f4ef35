"""Calls for acts that take a reason, and a suspension's end: one for each row of the catalogue with a form."""

from typing import Any

import msgspec

from domain.catalogue import ACTS
from domain.catalogue.act import Act
from domain.messages import Command
from domain.moderation.suspension import SuspendAccount

from . import pagination
from .operations import Call, Handler, Operation, Reply
from .schema import request_bodies, response_bodies

SUBJECT_IN_PATH = {"post": "/posts/{id}", "comment": "/comments/{id}", "account": "/accounts/{handle}"}
BODIES: dict[type[Command], type[request_bodies.Request]] = {SuspendAccount: request_bodies.Suspension}
"""Of acts that take more than a reason."""
REFUSALS = {"post": (409,), "comment": (409, 410), "account": (409,)}


def _operation(act: Act) -> Operation:
    """A removal is HTTP's DELETE; every other act is a POST below its subject."""
    path, method = SUBJECT_IN_PATH[act.subject], "DELETE"
    if not act.takes_away:
        path, method = f"{path}/{act.verb}", "POST"
    return Operation(
        method=method,
        path=path,
        handler=_handler(act),
        scope="moderate" if act.needs_role else "write",
        body=BODIES.get(act.command, request_bodies.OwedWhy if act.requires_reason else request_bodies.Why),
        query=request_bodies.Waiting,
        answer=response_bodies.Accepted,
        conditional=True,
        refusals=REFUSALS[act.subject],
    )


def _handler(act: Act) -> Handler:
    """Named after the command, as lock_post; described by the row."""

    def handle(call: Call) -> Reply:
        given = _given(call.body)
        if act.subject == "account":
            return pagination.versioned(call.send(act.command(handle=call.ids["handle"], **given)))
        return pagination.versioned(call.send(act.command(**{act.subject: call.ids["id"]}, **given)))

    handle.__name__ = "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in act.command.__name__)[1:]
    handle.__doc__ = act.form.summary if act.form else ""
    return handle


def _given(body: request_bodies.Request) -> dict[str, Any]:
    """The fields of a body that weren't left out."""
    return {name: value for name, value in msgspec.structs.asdict(body).items() if value is not None}


OPERATIONS = tuple(_operation(act) for act in ACTS if act.form)

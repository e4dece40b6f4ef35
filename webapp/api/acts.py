"""Calls for acts that take a reason and nothing else: one for each such row of the catalogue."""

from domain.catalogue import ACTS
from domain.catalogue.act import Act

from . import pagination
from .operations import Call, Handler, Operation, Reply
from .schema import request_bodies, response_bodies

SUBJECT_IN_PATH = {"post": "/posts/{id}", "comment": "/comments/{id}", "account": "/accounts/{handle}"}
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
        body=request_bodies.OwedWhy if act.requires_reason else request_bodies.Why,
        query=request_bodies.Waiting,
        answer=response_bodies.Accepted,
        conditional=True,
        refusals=REFUSALS[act.subject],
    )


def _handler(act: Act) -> Handler:
    """Named after the command, as lock_post; described by the row."""

    def handle(call: Call) -> Reply:
        if act.subject == "account":
            return pagination.versioned(call.send(act.command(handle=call.ids["handle"], reason=call.body.reason)))
        return pagination.versioned(call.send(act.command(**{act.subject: call.ids["id"]}, reason=call.body.reason)))

    handle.__name__ = "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in act.command.__name__)[1:]
    handle.__doc__ = act.form.summary if act.form else ""
    return handle


OPERATIONS = tuple(_operation(act) for act in ACTS if act.form)

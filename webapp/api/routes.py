"""Every operation of the table under its address: who calls, what was sent, then the handler, then the answer."""

from collections.abc import Callable

import msgspec
from flask import Blueprint, Response, g, request

from . import callers, limits, reading
from .callers import Caller
from .operations import ROOT, Call, Operation, Reply
from .requests import Waiting
from .table import OPERATIONS

JSON = "application/json"
SHOWN = "Verbatim-Shown"


def register(bp: Blueprint) -> None:
    for operation in OPERATIONS:
        view = _view(operation)
        bp.add_url_rule(_rule(operation.path), operation.name, view, methods=[operation.method])


def _rule(path: str) -> str:
    """/posts/{id} as Flask writes it."""
    return ROOT + path.replace("{id}", "<id:id>").replace("{", "<").replace("}", ">")


def _view(operation: Operation) -> Callable[..., Response]:
    def view(**ids: str) -> Response:
        return serve(operation, ids)

    view.__name__ = operation.name
    return view


def serve(operation: Operation, ids: dict[str, str]) -> Response:
    caller = _caller(operation)
    limits.count(operation, caller)
    return _answered(operation, operation.handler(_read(operation, ids, caller)))


def _caller(operation: Operation) -> Caller | None:
    if operation.scope is None:
        return None
    if not operation.public:
        return callers.needed(operation.scope)
    caller = callers.known()
    return callers.allowed(caller, operation.scope) if caller else None


def _read(operation: Operation, ids: dict[str, str], caller: Caller | None) -> Call:
    query = reading.query(operation)
    version = reading.version(operation)
    return Call(
        ids=ids,
        body=reading.body(operation),
        query=query,
        by=caller,
        key=reading.key() if operation.command else None,
        version=version,
        wait_s=reading.wait_s(query.wait) if isinstance(query, Waiting) else None,
    )


def _answered(operation: Operation, reply: Reply | Response) -> Response:
    if isinstance(reply, Response):
        return reply
    etag = reply.headers.get("ETag")
    if etag and operation.etag and request.if_none_match.contains_weak(etag.strip('"')):
        response = Response(status=304)
    else:
        response = Response(msgspec.json.encode(reply.body), operation.status, mimetype=JSON)
    response.headers.update(reply.headers)
    response.headers.setdefault("Cache-Control", "no-store" if operation.command else "private, no-cache")
    if "shown" in g:
        response.headers[SHOWN] = "true" if g.shown else "false"
    return response

"""The route of every operation: reads the call, checks who calls and how often, runs the handler, writes the answer."""

from collections.abc import Callable

import msgspec
from flask import Blueprint, Response, g, request

from webapp.api.schema.request_bodies import Waiting

from . import authentication, parsing, rate_limits
from .authentication import Caller
from .operations import VERSION, Call, Operation, Reply
from .operations_index import OPERATIONS

bp = Blueprint("api", __name__)


def _rule(path: str) -> str:
    """/posts/{id} as Flask writes it."""
    for id in ("id", "delivery"):
        path = path.replace(f"{{{id}}}", f"<id:{id}>")
    return VERSION + path.replace("{", "<").replace("}", ">")


def _view(operation: Operation) -> Callable[..., Response]:
    def view(**ids: str) -> Response:
        return serve(operation, ids)

    return view


for _operation in OPERATIONS:
    bp.add_url_rule(_rule(_operation.path), _operation.name, _view(_operation), methods=[_operation.method])


def serve(operation: Operation, ids: dict[str, str]) -> Response:
    caller = _caller(operation)
    rate_limits.count(operation, caller)
    call = _read(operation, ids, caller)
    return _response(operation, operation.once(call) if operation.queues else operation.handler(call))


def _caller(operation: Operation) -> Caller | None:
    caller = _authenticated(operation)
    if caller is not None and not operation.while_suspended:
        authentication.require_active(caller)
    if caller is not None and not operation.while_leaving:
        authentication.require_present(caller)
    return caller


def _authenticated(operation: Operation) -> Caller | None:
    if operation.scope is None:
        return None
    if operation.streams and (ticket := request.args.get("ticket")):
        return authentication.holder(ticket)
    if not operation.public:
        needed = authentication.require(operation.scope)
        return authentication.require_scope(needed, "read") if operation.reads else needed
    caller = authentication.identify()
    return authentication.require_scope(caller, operation.scope) if caller else None


def _read(operation: Operation, ids: dict[str, str], caller: Caller | None) -> Call:
    query = parsing.query(operation)
    seen = parsing.seen(operation)
    return Call(
        ids=ids,
        body=parsing.body(operation),
        query=query,
        by=caller,
        key=parsing.idempotency_key() if operation.command else None,
        seen=seen,
        listing=_listing(operation, ids, query),
        wait_s=parsing.wait_s(query.wait) if isinstance(query, Waiting) else None,
    )


def _listing(operation: Operation, ids: dict[str, str], query: msgspec.Struct) -> str:
    """A cursor is good for the list that it came with: of this operation, this thing and these filters."""
    filters = {name: value for name, value in msgspec.structs.asdict(query).items() if name not in ("after", "limit")}
    said = [f"{name}={value}" for name, value in (ids | filters).items() if value is not None]
    return ":".join(("api", operation.name, *said))


def _response(operation: Operation, reply: Reply | Response) -> Response:
    if isinstance(reply, Response):
        return reply
    etag = reply.headers.get("ETag")
    if etag and operation.etag and request.if_none_match.contains_weak(etag.strip('"')):
        response = Response(status=304)
    else:
        response = Response(msgspec.json.encode(reply.body), operation.status, mimetype="application/json")
    response.headers.update(reply.headers)
    response.headers.setdefault("Cache-Control", "no-store" if operation.command else "private, no-cache")
    if "shown" in g:
        response.headers["Verbatim-Shown"] = "true" if g.shown else "false"
    return response

"""Every operation of the table under its address: who calls, what was sent, then the handler, then the answer."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, cast

import msgspec
from flask import Blueprint, Response, request
from werkzeug.datastructures import Headers

from webapp.api.schema.request_bodies import Waiting
from webapp.at_hand import kept

from . import authentication, parsing, rate_limits
from .authentication import Caller
from .operations import ROOT, Call, Operation, Reply
from .operations_index import OPERATIONS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

JSON = "application/json"
SHOWN = "Verbatim-Shown"


class Plain(Headers):
    """Headers that only we write, so that no value is looked through for line ends."""

    def __init__(self, *pairs: tuple[str, str]) -> None:
        super().__init__()
        self._list.extend(pairs)

    def add(self, name: str, value: str) -> None:  # type: ignore[override]
        self._list.append((name, value))

    def __contains__(self, name: object) -> bool:
        wanted = str(name).lower()
        return wanted in [known.lower() for known, _ in self._list]


class Answer(Response):
    """An answer that goes out as it is: werkzeug's copies all headers, to mend what isn't wrong here."""

    def __init__(self, body: bytes, status: int) -> None:
        super().__init__([body], status, Plain(("Content-Type", JSON), ("Content-Length", str(len(body)))))

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        if environ["REQUEST_METHOD"] == "HEAD" or not self.is_sequence:
            return super().__call__(environ, start_response)
        start_response(self.status, list(self.headers))
        return cast("list[bytes]", self.response)


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
    rate_limits.count(operation, caller)
    call = _read(operation, ids, caller)
    return _answered(operation, operation.once(call) if operation.queues else operation.handler(call))


def _caller(operation: Operation) -> Caller | None:
    if operation.scope is None:
        return None
    if not operation.public:
        return authentication.needed(operation.scope)
    caller = authentication.known()
    return authentication.allowed(caller, operation.scope) if caller else None


def _read(operation: Operation, ids: dict[str, str], caller: Caller | None) -> Call:
    query = parsing.query(operation)
    version = parsing.version(operation)
    return Call(
        ids=ids,
        body=parsing.body(operation),
        query=query,
        by=caller,
        key=parsing.key() if operation.command else None,
        version=version,
        wait_s=parsing.wait_s(query.wait) if isinstance(query, Waiting) else None,
    )


def _answered(operation: Operation, reply: Reply | Response) -> Response:
    if isinstance(reply, Response):
        return reply
    etag = reply.headers.get("ETag")
    if etag and operation.etag and request.if_none_match.contains_weak(etag.strip('"')):
        response = Response(status=304)
    else:
        response = Answer(msgspec.json.encode(reply.body), operation.status)
    add = response.headers.add
    for name, value in reply.headers.items():
        add(name, value)
    if "Cache-Control" not in reply.headers:
        add("Cache-Control", "no-store" if operation.command else "private, no-cache")
    if (shown := kept().get("shown")) is not None:
        add(SHOWN, "true" if shown else "false")
    return response

"""Generates the OpenAPI 3.1 document from the table of operations and the types of their bodies."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from transfer.cloudevents import CloudEvent
from webapp.api import parsing, problems, raw_errors
from webapp.api.operations import ROOT, Operation
from webapp.api.operations_index import OPERATIONS

from . import headers, path_parameters, webhook_calls
from .portable import portable

Schema = dict[str, Any]
STREAM = "text/event-stream"
_REFERENCE = "#/components/schemas/{name}"
DESCRIPTION = """\
Commands and queries of Verbatim for programs. Queries are public; commands need a bearer token, which
`POST /api/v1/tokens` gives for a handle and its password. Cookies count nothing here.

Every command takes an `Idempotency-Key`: sent again with the same key and body it has one effect and the same answer.
`?wait=` chooses how long a command's answer waits until queries show the change; the header `Verbatim-Shown` tells
whether they do. Lists give `next`, an opaque cursor for `after`. Every error is `application/problem+json`.
"""
TAGS = {
    "accounts": "People: register, look up, change a profile or a password, suspend.",
    "tokens": "What programs call with.",
    "posts": "Publish, edit, find, like, remove and restore.",
    "comments": "Threads below posts.",
    "tags": "The tags in use.",
    "reports": "Your reports, and what came of them.",
    "decisions": "What was decided about you, or what you reported, and appeals against it.",
    "appeals": "How an appeal stands.",
    "batches": "What was decided about many cases at once.",
    "moderation": "For moderators: cases, accounts, what is removed, and what moderators did.",
    "newcomer-limits": "What accounts that are new may write.",
    "rules": "The site's rules, and publishing others.",
    "log": "What moderators did, for everybody.",
    "transparency": "What moderation did in quarters that are over.",
    "admin": "How the site is.",
    "events": "What happens on the site, to follow.",
    "webhooks": "What happens on the site, sent to an address.",
    "me": "What the site has of you.",
    "receipts": "What became of somebody's leaving.",
    "handles": "Names that are kept for whoever had them.",
}
"""The first part of an address, and what is below it."""
RESPONSE_DESCRIPTIONS = {
    304: "Not changed since the ETag in If-None-Match.",
    400: "The call can't be read.",
    401: "No token, or none that holds.",
    403: "Not allowed: the token's scope, the account's role or its standing.",
    404: "There is no such thing.",
    408: "The body didn't come in time.",
    409: "Not as things stand.",
    410: "Removed.",
    412: "Changed since the version in If-Match; the answer says what is new.",
    413: "The body is too large.",
    414: "The address is too long.",
    415: "The body must be application/json.",
    422: "Some fields are wrong, or the Idempotency-Key was used before: for something else, or for what is erased.",
    428: "If-Match is missing.",
    429: "Too many calls; Retry-After says how long to wait.",
    503: "Not now; Retry-After says when.",
}


@cache
def document() -> Schema:
    """The whole document, as plain values."""
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(ROOT + operation.path, {})[operation.method.lower()] = _operation(operation)
    found: Schema = portable(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Verbatim",
                "version": "1",
                "description": DESCRIPTION,
                "license": {"name": "MIT", "identifier": "MIT"},
                "contact": {"name": "Whoever runs this site"},
            },
            "servers": [{"url": "/"}],
            "tags": [{"name": name, "description": said} for name, said in TAGS.items()],
            "paths": paths,
            "webhooks": webhook_calls.described(_schemas()[0][CloudEvent]),
            "components": {
                "schemas": _schemas()[1],
                "headers": headers.COMPONENTS,
                "securitySchemes": {
                    "token": {"type": "http", "scheme": "bearer"},
                    "ticket": {"type": "apiKey", "in": "query", "name": "ticket"},
                },
            },
        }
    )
    return found


def kinds() -> list[problems.Kind]:
    """Every kind of problem there is, by status."""
    unread = (kind for kind, _ in raw_errors.KINDS.values())
    found = {kind.slug: kind for kind in (*problems.KINDS.values(), *problems.HTTP_KINDS.values(), *unread)}
    return sorted(found.values(), key=lambda kind: (kind.status, kind.slug))


@cache
def _schemas() -> tuple[dict[Any, Schema], Schema]:
    """Type → reference, and the component schemas."""
    types = dict.fromkeys(
        [op.body for op in OPERATIONS if op.body] + [op.answer for op in OPERATIONS if op.answer is not None]
    )
    types[problems.Problem] = types[CloudEvent] = None
    references, components = msgspec.json.schema_components(list(types), ref_template=_REFERENCE)
    return dict(zip(types, references, strict=True)), components


def _operation(operation: Operation) -> Schema:
    said = " ".join((operation.handler.__doc__ or operation.name).split())
    title, _, more = said.partition(". ")
    described: Schema = {
        "operationId": operation.name,
        "summary": title.rstrip("."),
        "description": more or said,
        "tags": [operation.path.split("/")[1]],
        "parameters": [
            *path_parameters.described(operation.path),
            *_query_parameters(operation),
            *_header_parameters(operation),
        ],
        "responses": {str(status): _response(operation, status) for status in operation.statuses},
        "security": _security(operation),
    }
    if operation.scope is not None:
        described["x-scope"] = operation.scope
    if operation.body is not None:
        required = any(field.required for field in msgspec.structs.fields(operation.body))
        content = {"application/json": {"schema": _schemas()[0][operation.body]}}
        described["requestBody"] = {"required": required, "content": content}
    return described


def _security(operation: Operation) -> list[Schema]:
    """Scopes stand in x-scope: OpenAPI lets only OAuth's schemes name them."""
    if operation.scope is None:
        return []
    needed: list[Schema] = [{"token": []}, *([{"ticket": []}] if operation.streams else [])]
    return [{}, *needed] if operation.public else needed


def _query_parameters(operation: Operation) -> list[Schema]:
    """Without the ticket, which is a way to be authorised."""
    _, components = msgspec.json.schema_components([operation.query])
    described: Schema = components[operation.query.__name__]
    return [
        {"name": name, "in": "query", "required": name in described["required"], "schema": _without_null(schema)}
        for name, schema in described["properties"].items()
        if name != "ticket"
    ]


def _without_null(schema: Schema) -> Schema:
    """A parameter is left out rather than null."""
    if "anyOf" not in schema:
        return {name: value for name, value in schema.items() if not (name == "default" and value is None)}
    (one,) = (choice for choice in schema["anyOf"] if choice != {"type": "null"})
    return one | ({"description": schema["description"]} if "description" in schema else {})


_IF_MATCH_SCHEMA: Schema = {
    "type": "string",
    "pattern": r'^(\*|(W/)?"[!#-~]*"( ?, ?(W/)?"[!#-~]*")*)$',
}
_IDEMPOTENCY_KEY_SCHEMA: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": parsing.MAX_IDEMPOTENCY_KEY_CHARS,
    "pattern": f"^{parsing.IDEMPOTENCY_KEY_PATTERN}$",
}


def _header_parameters(operation: Operation) -> list[Schema]:
    found = []
    if operation.command:
        found.append(
            _header_parameter(
                "Idempotency-Key",
                "Sent again with it, the call has one effect and one answer.",
                _IDEMPOTENCY_KEY_SCHEMA,
            )
        )
    if operation.conditional:
        said = "The version that you saw, as its ETag; several with commas; or * for any."
        found.append(_header_parameter("If-Match", said, _IF_MATCH_SCHEMA) | {"required": operation.edits})
    if operation.streams:
        found.append(
            _header_parameter(
                "Last-Event-ID", "Where a stream goes on.", {"type": "string", "pattern": "^[0-9]{1,15}$"}
            )
        )
    if operation.etag:
        found.append(_header_parameter("If-None-Match", "The ETag that you have.", {"type": "string"}))
    return found


def _header_parameter(name: str, said: str, schema: Schema) -> Schema:
    return {"name": name, "in": "header", "required": False, "description": said, "schema": schema}


def _content(operation: Operation, references: Mapping[Any, Schema]) -> Schema:
    """What a success answers with, by its media type."""
    if operation.file:
        return {operation.file: {"schema": {"type": "string", "format": "binary"}}}
    if operation.streams:
        return {STREAM: {"schema": {"type": "string"}}}
    return {"application/json": {"schema": references[operation.answer]}}


def _response(operation: Operation, status: int) -> Schema:
    references, _ = _schemas()
    if status == operation.status:
        content = _content(operation, references)
        said = "Done." if operation.command else "Found."
        return {"description": said, "headers": headers.of(operation, status), "content": content}
    answer = {"description": RESPONSE_DESCRIPTIONS[status], "headers": headers.of(operation, status)}
    if status == 304:
        return answer
    return answer | {"content": {problems.MEDIA_TYPE: {"schema": references[problems.Problem]}}}

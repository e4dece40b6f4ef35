"""The headers of answers, as the OpenAPI document declares them."""

from typing import Any

from webapp.api.operations import Operation

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer", "format": "int32", "minimum": 0}
COMPONENTS: dict[str, Schema] = {
    name: {"description": said, "schema": schema}
    for name, said, schema in (
        ("ETag", "The version, in quotes; weak where the answer is compressed.", _TEXT),
        ("Location", "The address of what was made.", {"type": "string", "format": "uri-reference"}),
        ("Link", "The list's first page (rel=first), and the next one where there is one (rel=next): RFC 8288.", _TEXT),
        ("Verbatim-Shown", "Whether queries show the change already: true or false.", _TEXT),
        ("Retry-After", "Seconds until it may be tried again.", _NUMBER),
        ("WWW-Authenticate", "How calls are authorised: RFC 6750.", _TEXT),
        ("X-Request-ID", "The id under which this call is logged.", _TEXT),
        ("RateLimit-Policy", "The limit that this call counted against: amount q in w seconds.", _TEXT),
        ("RateLimit", "What is left of it (r), and in how many seconds it is whole again (t).", _TEXT),
    )
}
_EVERYWHERE = ("X-Request-ID", "RateLimit-Policy", "RateLimit")
_OF_REFUSALS = {401: ("WWW-Authenticate",), 412: ("ETag",), 429: ("Retry-After",), 503: ("Retry-After",)}


def of(operation: Operation, status: int) -> dict[str, Schema]:
    """The headers that an answer with this status may carry."""
    own = _of_success(operation) if status == operation.status else _OF_REFUSALS.get(status, ())
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*own, *_EVERYWHERE)}


def _of_success(operation: Operation) -> tuple[str, ...]:
    found = {
        "ETag": operation.etag or operation.conditional,
        "Location": operation.status == 201,
        "Link": "after" in operation.query.__struct_fields__ and not operation.streams,
        "Verbatim-Shown": operation.command and not operation.queues,
    }
    return tuple(name for name, there in found.items() if there)

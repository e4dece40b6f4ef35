"""Problem details (RFC 9457): the body of every error under /api/."""

from typing import Any

import msgspec
from flask import Flask, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, InternalServerError, TooManyRequests
from werkzeug.routing import RoutingException

from domain import errors
from webapp.server.rate_limits import again_s
from webapp.server.urls import full_path
from webapp.site import site
from webapp.site.commands import request_id

from . import errors as refusals
from .desk.answers import ReportOfCase

PREFIX = "/api/"
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
REPAIR_RETRY_AFTER_S = 600
"""When to try again what somebody has to repair first."""


class Kind(msgspec.Struct, frozen=True):
    """A kind of problem. slug is the last part of `type` and stays for ever."""

    status: int
    slug: str
    title: str


KINDS: dict[type[Exception], Kind] = {
    refusals.Malformed: Kind(400, "malformed", "The call can't be read"),
    refusals.WrongMediaType: Kind(415, "wrong-media-type", "The body must be JSON"),
    refusals.TooSlow: Kind(408, "too-slow", "The body didn't come in time"),
    refusals.Unauthorized: Kind(401, "unauthorized", "A token is needed"),
    refusals.ScopeMissing: Kind(403, "scope-missing", "The token hasn't the scope"),
    refusals.VersionUnsaid: Kind(428, "if-match-needed", "Say which version you saw"),
    refusals.TooMany: Kind(429, "too-many", "Too many at once"),
    errors.Invalid: Kind(422, "invalid", "Some fields are wrong"),
    errors.NotFound: Kind(404, "not-found", "Not found"),
    errors.Removed: Kind(410, "removed", "Removed"),
    errors.Suspended: Kind(403, "suspended", "The account is suspended"),
    errors.Forbidden: Kind(403, "forbidden", "Not allowed"),
    errors.WrongPassword: Kind(401, "wrong-password", "Handle and password don't belong together"),
    errors.HandleTaken: Kind(409, "handle-taken", "The handle is taken"),
    errors.Locked: Kind(409, "locked", "The thread is locked"),
    errors.Claimed: Kind(409, "claimed", "Another moderator has claimed it"),
    refusals.StaleCase: Kind(412, "stale-case", "Something new came in"),
    errors.Stale: Kind(412, "stale-edit", "Changed meanwhile"),
    errors.Conflict: Kind(409, "conflict", "Not as things stand"),
    errors.KeyReused: Kind(422, "key-reused", "The Idempotency-Key was used before"),
    errors.Unavailable: Kind(503, "unavailable", "Not now"),
    errors.Parked: Kind(503, "parked", "It can't be read"),
    errors.Damaged: Kind(503, "damaged", "It can't be read"),
    SQLAlchemyError: Kind(503, "unavailable", "Not now"),
    errors.Refused: Kind(400, "refused", "Refused"),
}
HTTP_KINDS: dict[int, Kind] = {
    400: KINDS[refusals.Malformed],
    404: Kind(404, "no-such-address", "No such address"),
    405: Kind(405, "method-not-allowed", "Not this method"),
    408: KINDS[refusals.TooSlow],
    413: Kind(413, "too-large", "The body is too large"),
    415: KINDS[refusals.WrongMediaType],
    429: KINDS[refusals.TooMany],
    500: Kind(500, "internal", "Something broke on our side"),
}
HTTP_DETAILS = {
    404: "There is no such address in the API. /api/v1/openapi.json lists all of them.",
    405: "This address can't be asked that way; the Allow header says how.",
    413: "A body may have a megabyte. Nothing was stored.",
    429: "Too many wrong passwords were tried for this account. Retry-After says how long to wait.",
    500: "It is noted under the request's id. Sending it again with the same Idempotency-Key is safe.",
}
DAMAGED_DETAIL = (
    "Something that is stored can't be read, so this can't be done. Nothing was changed; it is noted on our side."
)
UNREADABLE_DETAIL = "Queries can't be answered right now. Nothing was lost; try again in a moment."


class FieldError(msgspec.Struct, frozen=True, kw_only=True):
    field: str
    detail: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """type is a stable address that explains this kind of problem; detail a sentence for people.

    errors comes with 422; version, current (the text as it stands) and yours with 412. parked is the stream that holds
    something which can't be read: nothing about it can be changed until that is mended. claimed_by and claimed_until
    tell who has claimed a case, new_reports which came to it since the version in If-Match.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[FieldError] | None = None
    version: int | None = None
    current: dict[str, str] | None = None
    yours: dict[str, str] | None = None
    parked: str | None = None
    claimed_by: str | None = None
    claimed_until: str | None = None
    new_reports: list[ReportOfCase] | None = None


def init_app(app: Flask) -> None:
    """Answers the application's errors with problem details."""
    for kind in (errors.Refused, errors.Damaged, HTTPException, SQLAlchemyError):
        app.register_error_handler(kind, respond)


def respond(error: Exception) -> Any:
    """The problem details that tell of the error; a redirect as it is."""
    if isinstance(error, RoutingException) or (isinstance(error, HTTPException) and (error.code or 0) < 400):
        return error
    if isinstance(error, SQLAlchemyError):
        current_app.logger.exception("the read model can't be asked", exc_info=error)
    if isinstance(error, errors.Damaged):
        current_app.logger.error("event store: what is stored can't be read: %s", error)
    kind = kind_of(error)
    problem = Problem(
        type=f"/api/problems/{kind.slug}",
        title=kind.title,
        status=kind.status,
        detail=str(_detail(error, kind)),
        instance=full_path(),
        request_id=request_id(),
        errors=_field_errors(error),
        version=getattr(error, "version", None),
        current=getattr(error, "current", None),
        yours=getattr(error, "yours", None),
        parked=getattr(error, "parked", None),
        new_reports=getattr(error, "new_reports", None),
        **claim(error),
    )
    response = Response(msgspec.json.encode(problem), kind.status, mimetype=MEDIA_TYPE)
    response.headers.extend({"Cache-Control": "no-store", **_headers(error, kind)})
    return response


def kind_of(error: Exception) -> Kind:
    if isinstance(error, HTTPException):
        code = error.code or 500
        return HTTP_KINDS.get(code, Kind(code, error.name.lower().replace(" ", "-"), error.name))
    return next((KINDS[kind] for kind in type(error).__mro__ if kind in KINDS), HTTP_KINDS[500])


def _detail(error: Exception, kind: Kind) -> str:
    if isinstance(error, errors.StaleEdit):
        return "The text changed since the version in If-Match. Nothing was stored; both texts are in this answer."
    if isinstance(error, errors.Refused):
        return error.sentence
    if isinstance(error, SQLAlchemyError):
        return UNREADABLE_DETAIL
    if isinstance(error, errors.Damaged):
        return DAMAGED_DETAIL
    if isinstance(error, HTTPException) and not isinstance(error, InternalServerError):
        return HTTP_DETAILS.get(kind.status) or error.description or kind.title
    return HTTP_DETAILS[500]


def _field_errors(error: Exception) -> list[FieldError] | None:
    if not isinstance(error, errors.Invalid):
        return None
    return [FieldError(field=field, detail=sentence) for field, sentence in error.fields.items()]


def claim(error: Exception) -> dict[str, Any]:
    """Who has claimed a case, by their handle, and until when."""
    if not isinstance(error, errors.Claimed):
        return {}
    return {"claimed_by": site.current().bus.aggregates().called(error.by), "claimed_until": error.until}


def _headers(error: Exception, kind: Kind) -> dict[str, str]:
    if kind.status == 401:
        return {"WWW-Authenticate": _bearer_challenge(error)}
    if isinstance(error, refusals.ScopeMissing):
        return {"WWW-Authenticate": f'Bearer realm="verbatim", error="insufficient_scope", scope="{error.scope}"'}
    if isinstance(error, errors.Stale):
        return {"ETag": f'"{error.version}"'}
    if isinstance(error, refusals.TooMany):
        return {"Retry-After": str(error.seconds)}
    if isinstance(error, TooManyRequests):
        return {"Retry-After": str(again_s())}
    if isinstance(error, errors.Parked | errors.Damaged):
        return {"Retry-After": str(REPAIR_RETRY_AFTER_S)}
    if kind.status == 503:
        return {"Retry-After": str(RETRY_AFTER_S)}
    if isinstance(error, HTTPException):
        return {name: value for name, value in error.get_headers() if name == "Allow"}
    return {}


def _bearer_challenge(error: Exception) -> str:
    wrong = isinstance(error, refusals.Unauthorized) and "Authorization" in request.headers
    return 'Bearer realm="verbatim", error="invalid_token"' if wrong else 'Bearer realm="verbatim"'

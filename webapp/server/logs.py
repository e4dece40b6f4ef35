"""Logs each request in one line, with an id that the answer carries too and every command it sends."""

import logging
import time

from flask import Flask, Response, g, has_request_context, request
from structlog.typing import EventDict

from webapp.site.commands import request_id, traceparent

from .urls import full_path

HEADER = "X-Request-ID"
QUIET_ENDPOINTS = frozenset({"static", "ops.healthz", "ops.readyz", "ops.metrics", "authors.avatar"})
"""Asked all the time, and logged only when they fail."""

_log = logging.getLogger("verbatim.web")


def init_app(app: Flask) -> None:
    """Logs each request of the application, and gives its answer the request's id."""
    app.before_request(_begin)
    app.after_request(_end)


def add_request_id(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Names the request in whatever it has logged: a processor for structlog."""
    return {"request_id": request_id(), **event} if has_request_context() else event


def _begin() -> None:
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    if request.endpoint not in QUIET_ENDPOINTS or response.status_code >= 500:
        ms = round((time.perf_counter() - g.began) * 1000, 1)
        write_line(request.method, full_path(), response.status_code, ms, request_id(), traceparent())
    return response


def write_line(method: str, path: str, status: int, ms: float, request_id: str, trace: str | None = None) -> None:
    """The log line of one request. The path alone: a query string may hold what somebody searched for."""
    seen: dict[str, object] = {"method": method, "path": path, "status": status, "ms": ms, "request_id": request_id}
    if trace:
        seen["traceparent"] = trace
    _log.info("request", extra=seen)

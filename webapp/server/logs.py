"""Structured logs: one line a request with its id, which the answer and every command that it sends carry too."""

import logging
import sys
import time

import structlog
from flask import Flask, Response, g, has_request_context, request

from webapp.site.commands import request_id

from .urls import full_path

HEADER = "X-Request-ID"
QUIET_ENDPOINTS = frozenset({"static", "ops.healthz", "ops.readyz", "ops.metrics", "authors.avatar"})
"""Asked all the time, and logged only when they fail."""

_log = logging.getLogger("verbatim.web")


def configure(log_format: str) -> None:
    """Configures logging of this process, to standard error. log_format is "text" or "json"."""
    shared: list[structlog.typing.Processor] = [
        _with_request_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(log_format)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    _log.setLevel(logging.INFO)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def start(app: Flask) -> None:
    """Logs each request of the application, and gives its answer the request's id."""
    app.before_request(_begin)
    app.after_request(_end)


def _renderers(log_format: str) -> list[structlog.typing.Processor]:
    if log_format == "json":
        return [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


def _with_request_id(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Adds the id of the request that logs this, if any."""
    return {"request_id": request_id(), **event} if has_request_context() else event


def _begin() -> None:
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    if request.endpoint not in QUIET_ENDPOINTS or response.status_code >= 500:
        ms = round((time.perf_counter() - g.began) * 1000, 1)
        write_line(request.method, full_path(), response.status_code, ms, request_id())
    return response


def write_line(method: str, path: str, status: int, ms: float, request_id: str) -> None:
    """The log line of one request. The path alone: a query string may hold what somebody searched for."""
    seen = {"method": method, "path": path, "status": status, "ms": ms, "request_id": request_id}
    _log.info("request", extra=seen)

"""Structured logs: one line a request with an id, which the answer carries too and every command it sends."""

import logging
import sys
import time

import structlog
from flask import Flask, Response, g, request

from .commands import request_id

HEADER = "X-Request-ID"
QUIET = frozenset({"static", "ops.healthz", "ops.readyz", "ops.metrics", "authors.avatar"})
"""Asked all the time, and worth a line only when they fail."""

_log = logging.getLogger("verbatim.web")


def configure(log_format: str) -> None:
    """Sends every log line of this process to standard error; log_format is "text" or "json"."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(log_format)],
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


def init_app(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)


def _rendering(log_format: str) -> list[structlog.typing.Processor]:
    if log_format == "json":
        return [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


def _begin() -> None:
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id())


def _end(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    if request.endpoint in QUIET and response.status_code < 500:
        return response
    # The path alone: a query string may hold what somebody searched for.
    seen = {"method": request.method, "path": request.path, "status": response.status_code, "ms": _spent()}
    _log.info("request", extra=seen)
    return response


def _spent() -> float:
    return round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1)

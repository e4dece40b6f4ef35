"""Structured logs: one line a request with an id, which the answer carries too and every command it sends."""

import logging
import sys
import time
from datetime import UTC, datetime

import msgspec
import structlog
from flask import Flask, Response, g, request

from .commands import request_id

HEADER = "X-Request-ID"
SEEN = ("method", "path", "status", "ms", "request_id")
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
    thorough = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(log_format)],
    )
    handler.setFormatter(_Json(thorough) if log_format == "json" else thorough)
    # What no line tells needn't be found out for each.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
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


class _Json(logging.Formatter):
    """The line of a request straight from its fields: structlog's way takes five times as long, at every call.
    Whatever else is logged goes that way all the same."""

    def __init__(self, thorough: logging.Formatter) -> None:
        super().__init__()
        self._thorough = thorough

    def format(self, record: logging.LogRecord) -> str:
        if record.msg != "request" or record.name != _log.name:
            return self._thorough.format(record)
        seen = {name: record.__dict__[name] for name in SEEN}
        at = datetime.fromtimestamp(record.created, UTC)
        said = {"event": "request", "level": "info", "logger": record.name, "timestamp": at}
        return msgspec.json.encode(seen | said).decode()


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
    id = request_id()
    response.headers[HEADER] = id
    if (request.endpoint in QUIET and response.status_code < 500) or not _log.isEnabledFor(logging.INFO):
        return response
    # The path alone: a query string may hold what somebody searched for.
    seen = (request.method, request.path, response.status_code, _spent(), id)
    record = logging.LogRecord(_log.name, logging.INFO, "", 0, "request", (), None)
    record.__dict__.update(zip(SEEN, seen, strict=True))
    _log.handle(record)
    return response


def _spent() -> float:
    return round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1)

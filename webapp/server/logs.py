"""Structured logs: one line a request with an id, which the answer carries too and every command it sends."""

import logging
import sys
import time
from datetime import UTC, datetime

import msgspec
import structlog
from flask import Flask, Response, has_request_context

from webapp.at_hand import asked, kept
from webapp.site.commands import request_id

HEADER = "X-Request-ID"
SEEN = ("method", "path", "status", "ms", "request_id")
QUIET = frozenset({"static", "ops.healthz", "ops.readyz", "ops.metrics", "authors.avatar"})
"""Asked all the time, and worth a line only when they fail."""

_log = logging.getLogger("verbatim.web")


def configure(log_format: str) -> None:
    """Sends every log line of this process to standard error; log_format is "text" or "json"."""
    shared: list[structlog.typing.Processor] = [
        _with_request_id,
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
        return _ENCODER.encode(_Line(timestamp=datetime.fromtimestamp(record.created, UTC), **seen)).decode()


class _Line(msgspec.Struct, kw_only=True):
    """What is told of a request, in this order."""

    method: str
    path: str
    status: int
    ms: float
    request_id: str
    event: str = "request"
    level: str = "info"
    logger: str = _log.name
    timestamp: datetime


_ENCODER = msgspec.json.Encoder()


class _Record(logging.LogRecord):
    """A request to be logged: made from one that was made before, since finding the rest out again takes longer."""

    def __init__(self, **seen: object) -> None:
        self.__dict__.update(_REQUEST, created=time.time(), **seen)


_REQUEST = vars(logging.LogRecord(_log.name, logging.INFO, "", 0, "request", (), None))


def init_app(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)


def _rendering(log_format: str) -> list[structlog.typing.Processor]:
    if log_format == "json":
        return [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


def _with_request_id(_logger: object, _method: str, said: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Whatever a request has logged names it."""
    return {"request_id": request_id(), **said} if has_request_context() else said


def _begin() -> None:
    kept().began = time.perf_counter()


def _end(response: Response) -> Response:
    id, request = request_id(), asked()
    response.headers.add(HEADER, id)
    if (request.endpoint in QUIET and response.status_code < 500) or not _log.isEnabledFor(logging.INFO):
        return response
    # The path alone: a query string may hold what somebody searched for.
    _log.handle(
        _Record(method=request.method, path=request.path, status=response.status_code, ms=_spent(), request_id=id)
    )
    return response


def _spent() -> float:
    now = time.perf_counter()
    return round((now - kept().get("began", now)) * 1000, 1)

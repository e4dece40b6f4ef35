"""Sets up the structured logs of a process: each line to standard error, as text or as JSON.

What others wrote stands in log lines: control characters in it are escaped, so that nobody writes a line of their own
or changes a terminal's colours, and no traceback shows what its variables held.
"""

import logging
import os
import re
import sys
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, NoReturn

import structlog
from structlog.typing import EventDict, Processor

INFO_LOGGERS = ("verbatim.web", "relay", "projector", "verifier", "log", "webhooks")
"""All others are heard from WARNING on."""
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Characters that act instead of being seen: C0, C1, other ends of lines, and what turns the direction of a text."""
_TRACEBACK = "exception"
_UNCAUGHT = logging.getLogger("process")


def configure(log_format: str, context: Sequence[Processor] = ()) -> None:
    """Configures a process's logs. log_format: "text" or "json". context: processors that add fields to each line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(log_format, context))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in INFO_LOGGERS:
        logging.getLogger(name).setLevel(logging.INFO)
    # The client repeats itself while a broker or a topic is away; what follows from it, ours say once.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[*_shared(context), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def log_the_unexpected() -> None:
    """From now on warnings, and errors that nobody catches, are log lines of this process, in any thread."""
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda found: _log_uncaught(found.exc_type, found.exc_value, found.exc_traceback)


def formatter(log_format: str = "text", context: Sequence[Processor] = ()) -> logging.Formatter:
    """What makes a line of a record: of ours and of other libraries' alike."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(context),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            escape_controls,
            *_renderers(log_format),
        ],
    )


def gunicorn_config(log_format: str) -> Mapping[str, Any]:
    """gunicorn's logconfig_dict: its own lines look like ours."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": formatter, "log_format": log_format}},
        "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "lines", "stream": "ext://sys.stderr"}},
        "root": {"level": "WARNING", "handlers": ["lines"]},
        "loggers": {"gunicorn.error": {"level": "WARNING", "handlers": [], "propagate": True}},
    }


def end_process(sentence: str) -> NoReturn:
    """Exits with code 1 and the sentence, which is a line of JSON where LOG_FORMAT says so."""
    if log_format() == "text":
        sys.exit(sentence)
    print(json_line("process", logging.CRITICAL, sentence), file=sys.stderr)
    sys.exit(1)


def log_format() -> str:
    """text or json, for a process without settings. What else LOG_FORMAT says is refused by config.py."""
    return "json" if os.environ.get("LOG_FORMAT") == "json" else "text"


def json_line(logger: str, level: int, sentence: str) -> str:
    """One line as LOG_FORMAT=json has it, of a process that has no logs to configure."""
    return formatter("json").format(logging.LogRecord(logger, level, "", 0, sentence, None, None))


def escape_controls(_logger: object, _method: str, event: EventDict) -> EventDict:
    r"""Writes control characters as \x1b or \u202e, wherever they stand: a processor for structlog."""
    return {
        str(name): _escaped_traceback(value) if name == _TRACEBACK else _escaped(value) for name, value in event.items()
    }


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return _CONTROLS.sub(_escape, value)
    if isinstance(value, Mapping):
        return {_escaped(name): _escaped(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_escaped(one) for one in value]
    return value


def _escaped_traceback(text: Any) -> Any:
    """Its lines begin with blanks: none looks like a line of the log."""
    return "\n".join("  " + _escaped(line) for line in text.split("\n")) if isinstance(text, str) else _escaped(text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _log_uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if error is None or issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error or kind(), trace)
    else:
        _UNCAUGHT.critical("process: ended by an error that nobody expected", exc_info=(kind, error, trace))


def _shared(context: Sequence[Processor]) -> list[Processor]:
    return [
        *context,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _renderers(log_format: str) -> list[Processor]:
    if log_format == "json":
        return [structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]

"""Graceful shutdown with a deadline: the work in hand is finished if that takes seconds, and abandoned after that.

A server that is silent can hold a call for longer than people wait before they kill a process. Abandoning it loses
nothing that is stored: the next process goes on from the last checkpoint, as after a crash.
"""

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from domain.errors import Unavailable

SHUTDOWN_TIMEOUT_S = 6.0
"""From the signal to the end of the process. Docker kills after 10 s."""
WORK_SHARE = 0.75
"""The share of the timeout that the work in hand gets. On a busy machine, beside threads that compute, the rest passes
until this thread runs, has logged what was waited for, and the process is gone."""
REPORT_TIMEOUT_S = 0.5
"""How long writing the last log line may take: its reader may have stopped reading."""
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

log = structlog.get_logger("shutdown")


@contextmanager
def on_request(timeout_s: float = SHUTDOWN_TIMEOUT_S) -> Iterator[threading.Event]:
    """Sets the event at SIGTERM or SIGINT. Where the block isn't over in time, the process exits all the same, with 0.

    After a signal the process exits with the block, by os._exit: finalizing an interpreter takes seconds on a busy
    machine, during which no thread can watch the time. So the block has to close and flush whatever it opened.

    timeout_s: seconds from the signal, after which the process is gone.

    For the main thread, before any other is started: they inherit that the signals wait for ours. A handler won't do;
    it might set the event while the main thread holds that event's lock.
    """
    stop = threading.Event()
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    threading.Thread(target=_end, args=(stop, timeout_s), name="shutdown", daemon=True).start()
    try:
        yield stop
    except Unavailable as error:
        if not stop.is_set():
            raise
        log.warning("shutdown: ended while a server was away", error=str(error))
    if stop.is_set():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _end(stop: threading.Event, timeout_s: float) -> None:
    signal.sigwait(STOP_SIGNALS)
    until = time.monotonic() + timeout_s * WORK_SHARE
    stop.set()
    time.sleep(max(0.0, until - time.monotonic()))
    reporting = threading.Thread(target=_report, daemon=True)
    reporting.start()
    reporting.join(REPORT_TIMEOUT_S)
    os._exit(0)


def _report() -> None:
    log.warning("shutdown: ending without what is still waited for", waits=_current_calls())
    sys.stderr.flush()


def _current_calls() -> str:
    """The call stack of the main thread, innermost last."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    calls = traceback.extract_stack(frame)[-6:] if frame else []
    return " > ".join(f"{Path(call.filename).name}:{call.lineno} {call.name}" for call in calls)

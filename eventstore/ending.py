"""Ending when asked to: with what is in hand brought to an end if that takes seconds, and without it after that.

A server that is silent can hold a call for longer than people wait before they kill a process. Going costs nothing that
is stored: whoever comes next begins where the last checkpoint says, as after a crash.
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

PATIENCE_S = 6.0
"""Docker kills after 10 s."""
ASKED = (signal.SIGTERM, signal.SIGINT)

log = structlog.get_logger("ending")


@contextmanager
def on_request(patience_s: float = PATIENCE_S) -> Iterator[threading.Event]:
    """The event is set by SIGTERM or SIGINT. Where the block isn't over in time, the process ends all the same, with 0.

    For the main thread, before any other is started: they inherit that the signals wait for ours. A handler won't do;
    it might set the event while the main thread holds that event's lock.
    """
    stop = threading.Event()
    signal.pthread_sigmask(signal.SIG_BLOCK, ASKED)
    threading.Thread(target=_end, args=(stop, patience_s), name="ending", daemon=True).start()
    try:
        yield stop
    except Unavailable as error:
        if not stop.is_set():
            raise
        log.warning("ended while a server was away", error=str(error))


def _end(stop: threading.Event, patience_s: float) -> None:
    signal.sigwait(ASKED)
    stop.set()
    time.sleep(patience_s)
    log.warning("ending without what is still waited for", waits=_where())
    sys.stderr.flush()
    os._exit(0)


def _where() -> str:
    """What the main thread is at, the innermost call last."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    calls = traceback.extract_stack(frame)[-6:] if frame else []
    return " > ".join(f"{Path(call.filename).name}:{call.lineno} {call.name}" for call in calls)

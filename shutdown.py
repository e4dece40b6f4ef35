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
"""From the signal to the end of the process. Docker kills after 10 s."""
WORK_SHARE = 0.75
"""Of the patience, what the work in hand gets. On a busy machine, beside threads that compute, the rest passes until
this thread is heard, has told what was waited for, and the process is gone."""
TELL_S = 0.5
"""A reader of our log who doesn't read holds us up no longer."""
ASKED = (signal.SIGTERM, signal.SIGINT)

log = structlog.get_logger("ending")


@contextmanager
def on_request(patience_s: float = PATIENCE_S) -> Iterator[threading.Event]:
    """The event is set by SIGTERM or SIGINT. Where the block isn't over in time, the process ends all the same, with 0.

    Once asked to, the process ends with the block, by os._exit: taking an interpreter apart takes seconds on a busy
    machine, during which no thread can watch the time. So whatever is to be closed or told is so inside the block.

    patience_s: seconds from the signal, after which the process is gone.

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
    if stop.is_set():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _end(stop: threading.Event, patience_s: float) -> None:
    signal.sigwait(ASKED)
    until = time.monotonic() + patience_s * WORK_SHARE
    stop.set()
    time.sleep(max(0.0, until - time.monotonic()))
    telling = threading.Thread(target=_tell, daemon=True)
    telling.start()
    telling.join(TELL_S)
    os._exit(0)


def _tell() -> None:
    log.warning("ending without what is still waited for", waits=_where())
    sys.stderr.flush()


def _where() -> str:
    """What the main thread is at, the innermost call last."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    calls = traceback.extract_stack(frame)[-6:] if frame else []
    return " > ".join(f"{Path(call.filename).name}:{call.lineno} {call.name}" for call in calls)

"""`python -m eventstore.relay`: runs until SIGTERM or SIGINT, then finishes what is on its way and exits 0.

Run as many as you like: one leads, the others stand by.
"""

import signal
import sys
import threading

import bootstrap
from domain.errors import Damaged, Unavailable


def main() -> int:
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    bootstrap.logging()
    with bootstrap.relay() as relay:
        relay.run(stop)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (bootstrap.BadSetting, Damaged, Unavailable) as error:
        sys.exit(f"relay: {error}")

"""`python -m eventstore.relay`: runs until SIGTERM or SIGINT, then finishes what is on its way and exits 0.

Run as many as you like: one leads, the others stand by.
"""

import sys

import bootstrap
from shutdown import on_request


def main() -> int:
    with on_request() as stop:
        bootstrap.configure_logs()
        with bootstrap.relay() as relay:
            relay.run(stop)
    return 0


if __name__ == "__main__":
    with bootstrap.starting("relay"):
        sys.exit(main())

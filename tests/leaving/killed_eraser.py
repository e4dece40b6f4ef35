"""`python -m tests.leaving.killed_eraser FOLDER WHERE NUMBER [STORE_URL]`: carries departures out, and kills itself.

WHERE: sent (behind the command of that number), stage (behind the step of that number, before it is saved), saved (when
the step of that number is saved), never.
"""

import sys
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

from domain.bus import CommandBus
from leaving import stages
from tests.leaving.conftest import LeavingSite
from tests.takeout.killed_maker import dying

LEASE = timedelta(milliseconds=300)


def main() -> None:
    folder, where, number = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    site = LeavingSite(folder, store(sys.argv[4]) if len(sys.argv) > 4 else None)
    stages.WRITINGS_AT_ONCE = 2
    if where == "sent":
        CommandBus.send = dying(CommandBus.send, number, afterwards=True)  # type: ignore[method-assign]
    elif where == "stage":
        stages.step = dying(stages.step, number, afterwards=True)
    after_step = dying(lambda: None, number, afterwards=True) if where == "saved" else lambda: None
    site.eraser(lease=LEASE, after_step=after_step).look(Event())
    site.close()


def store(url: str) -> Any:
    from eventstore.mongo.store import MongoEventStore

    return MongoEventStore(url)


if __name__ == "__main__":
    main()

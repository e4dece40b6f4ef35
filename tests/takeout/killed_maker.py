"""`python -m tests.takeout.killed_maker FOLDER WHERE NUMBER`: makes a takeout, and kills itself with SIGKILL.

WHERE: step (while the step of that number is made), save (before the piece of that number is stored, within the
transaction), saved (behind the transaction of that number), never.
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

from eventstore.sqlite.store import SqliteEventStore
from operational import takeout_pieces
from readmodel.generations.generations import Generations
from takeout import maker, stages

LEASE = timedelta(milliseconds=300)


def dying(work: Callable[..., Any], number: int, *, afterwards: bool = False) -> Callable[..., Any]:
    calls = count(1)

    def call(*arguments: Any, **named: Any) -> Any:
        is_last = next(calls) == number
        if is_last and not afterwards:
            os.kill(os.getpid(), signal.SIGKILL)
        result = work(*arguments, **named)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return call


def main() -> None:
    folder, where, number = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    if where == "step":
        stages.step = dying(stages.step, number, afterwards=True)
    elif where == "save":
        takeout_pieces.add = dying(takeout_pieces.add, number)
    elif where == "saved":
        maker.TakeoutMaker._step = dying(maker.TakeoutMaker._step, number, afterwards=True)  # type: ignore[method-assign]
    stages.WRITINGS_AT_ONCE = 4
    generations = Generations(f"sqlite:///{folder / 'read.db'}")
    store = SqliteEventStore(folder / "events.db")
    maker.TakeoutMaker(generations, store, "https://site.example", lease=LEASE).look(Event())


if __name__ == "__main__":
    main()

"""A process that writes until it is killed: `writing.py FILE` prints each commit's id once it is acknowledged.

With a second argument it kills itself: at the first statement that starts with it, or at "answer", after the append.
"""

import os
import signal
import sys
from pathlib import Path

from domain import account, ids, post
from domain.bus import CommandBus
from domain.handlers import all_handlers
from domain.messages import Command, Envelope
from eventstore.codec import EventCodec
from eventstore.sqlite import SqliteEventStore


def main(file: Path, moment: str) -> None:
    store = SqliteEventStore(file)
    bus = CommandBus(store, EventCodec(), all_handlers())
    if moment:
        die_at(store, moment)
        send(bus, account.RegisterAccount(handle="eve", password_hash="$argon2id$x"), "eve")
        die()
    while True:
        print(send(bus, post.NewPost(post=ids.uuid7(), title="A title", body="Words"), "ann"), flush=True)


def send(bus: CommandBus, command: Command, actor: str) -> str | None:
    return bus.send(command, Envelope(actor=actor, at=ids.now())).commit


def die_at(store: SqliteEventStore, moment: str) -> None:
    """Before SQLite carries a statement out, it tells this one."""
    with store._file.reading() as connection:
        connection.set_trace_callback(lambda statement: die() if statement.startswith(moment) else None)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")

"""A process that writes until it is killed: `writing.py FILE` prints each commit's id once it is acknowledged.

`writing.py FILE everywhere` registers people instead, each in a fork that dies at a later statement than the one
before, until one lives to the end; for each it prints how many of the registration's three events are stored.
"""

import os
import signal
import sys
from itertools import count
from pathlib import Path

from domain import account, ids, post
from domain.bus import CommandBus
from domain.handlers import all_handlers
from domain.messages import Command, Envelope
from eventstore.codec import EventCodec
from eventstore.sqlite.store import SqliteEventStore
from tests.people import id_of


def write(file: Path) -> None:
    store = SqliteEventStore(file)
    while True:
        print(send(store, post.NewPost(post=ids.uuid7(), title="A title", body="Words"), "ann"), flush=True)


def write_everywhere(file: Path) -> None:
    for statements in count():
        if (child := os.fork()) == 0:
            register_until(file, statements)
        _, status = os.waitpid(child, 0)
        store = SqliteEventStore(file)
        print(sum(len(commit.events) for commit in store.load(account.stream(id_of(f"eve-{statements}")))), flush=True)
        store.close()
        if status == 0:
            return


def register_until(file: Path, statements: int) -> None:
    """Before SQLite carries a statement out, it tells this one, which dies when the number is reached."""
    store = SqliteEventStore(file)
    left = iter(range(statements))
    with store.file.reading() as connection:
        connection.set_trace_callback(lambda _: None if next(left, None) is not None else die())
    handle = f"eve-{statements}"
    register = account.RegisterAccount(account=id_of(handle), handle=handle, password_hash="$argon2id$x")
    send(store, register, handle)
    os._exit(0)


def send(store: SqliteEventStore, command: Command, actor: str) -> str | None:
    bus = CommandBus(store, EventCodec(), all_handlers())
    return bus.send(command, Envelope(actor=actor, at=ids.now())).commit


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    (write_everywhere if "everywhere" in sys.argv else write)(Path(sys.argv[1]))

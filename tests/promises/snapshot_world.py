"""A command bus whose snapshots can be watched."""

from typing import Any

import msgspec

from domain import ids, post
from domain.bus import CommandBus
from domain.handlers import all_handlers
from domain.messages import Command, Envelope
from domain.snapshots import Snapshot, Snapshots
from eventstore.codec import EventCodec
from tests.people import id_of
from tests.promises.stores import WriteSide


def encoded(state: Any) -> bytes:
    return msgspec.json.encode(msgspec.to_builtins(state, enc_hook=list, order="deterministic", str_keys=True))


class SnapshotRecorder(Snapshots):
    """Remembers every snapshot as it was when it was kept, and so notices a state that was changed afterwards."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[tuple[Snapshot, bytes]] = []

    def keep(self, stream: str, snapshot: Snapshot) -> None:
        self.all.append((snapshot, encoded(snapshot.state)))
        super().keep(stream, snapshot)

    def unchanged(self) -> bool:
        return all(encoded(snapshot.state) == before for snapshot, before in self.all)

    @property
    def kept_states(self) -> bytes:
        """The states that are kept now, encoded."""
        return b" ".join(encoded(snapshot.state) for snapshot, _ in self._kept.values())


def bus(write_side: WriteSide, snapshots: Snapshots) -> CommandBus:
    return CommandBus(write_side.store, EventCodec(), all_handlers(), snapshots)


def send_accepted(bus: CommandBus, actor: str, command: Command) -> None:
    """Sends a command, and asserts that it changed something; an edit gets the current version."""
    if isinstance(command, post.EditPost):
        command = msgspec.structs.replace(command, version=bus.aggregates().post(command.post).version)
    assert bus.send(command, Envelope(actor=actor, at=ids.now())).commit is not None, command


def aggregate_states(bus: CommandBus) -> list[bytes]:
    look = bus.aggregates()
    people = [look.account(id_of(handle)) for handle in ("ann", "mod")]
    things = [
        look.post(POST),
        look.comment(COMMENT),
        look.like(TARGET, id_of("mod")),
        look.token(TOKEN),
        look.webhooks(id_of("ann")),
        look.site(),
        look.report(TARGET, id_of("bob")),
        look.case(TARGET),
        look.appeal(DECISION, id_of("ann")),
        look.batch(BATCH),
    ]
    return list(map(encoded, [*people, *things]))


POST, COMMENT, TOKEN, HOOK, OTHER_HOOK, DECISION, BATCH = (ids.uuid7() for _ in range(7))


TARGET = f"post-{POST}"


class CountingStore:
    """The store, and how often decisions asked it."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.asked = 0

    def load_from(self, firsts: Any) -> Any:
        self.asked += 1
        return self._store.load_from(firsts)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

"""A command bus whose snapshots can be watched."""

from typing import Any

import msgspec

from domain import ids, post
from domain.bus import CommandBus
from domain.handlers import all_handlers
from domain.messages import Command, Envelope
from domain.snapshots import Snapshot, Snapshots
from eventstore.codec import EventCodec
from tests.promises.stores import Shelf


def said(state: Any) -> bytes:
    return msgspec.json.encode(state, enc_hook=list, order="deterministic")


class Watched(Snapshots):
    """Notices a state that was changed after it was kept."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[tuple[Snapshot, bytes]] = []

    def keep(self, stream: str, snapshot: Snapshot) -> None:
        self.all.append((snapshot, said(snapshot.state)))
        super().keep(stream, snapshot)

    def unchanged(self) -> bool:
        return all(said(snapshot.state) == before for snapshot, before in self.all)

    @property
    def held(self) -> bytes:
        """What it keeps now."""
        return b" ".join(said(snapshot.state) for snapshot, _ in self._kept.values())


def bus(shelf: Shelf, snapshots: Snapshots) -> CommandBus:
    return CommandBus(shelf.store, EventCodec(), all_handlers(), snapshots)


def sent(bus: CommandBus, actor: str, command: Command) -> None:
    """Sends a command that changes something; an edit with the version as it is by now."""
    if isinstance(command, post.EditPost):
        command = msgspec.structs.replace(command, version=bus.aggregates().post(command.post).version)
    assert bus.send(command, Envelope(actor=actor, at=ids.now())).commit is not None, command


def states(bus: CommandBus) -> list[bytes]:
    look = bus.aggregates()
    people = [look.account(handle) for handle in ("ann", "mod")]
    things = [look.post(POST), look.comment(COMMENT), look.like(TARGET, "mod"), look.token(TOKEN), look.webhooks("ann")]
    return list(map(said, [*people, *things]))


POST, COMMENT, TOKEN, HOOK, OTHER_HOOK = (ids.uuid7() for _ in range(5))


TARGET = f"post-{POST}"

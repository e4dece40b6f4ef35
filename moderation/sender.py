"""Sends the commands of the follower: each has an id of its own, made from what it follows from, so that one which is
sent again has no second effect."""

from collections.abc import Callable, Sequence

import structlog
from msgspec.structs import replace

from domain import account
from domain.bus import CommandBus
from domain.commit import Commit, SequencedCommit, position_of, stored_command_id
from domain.errors import KeyReused, Parked, Refused, Stale, StaleEdit, Unavailable, VersionConflict
from domain.ids import now
from domain.messages import Command, Envelope
from domain.moderation.case_state import Case
from domain.ports import Codec, EventStore
from domain.rights import OPERATOR, OPERATOR_ACCOUNT

MAX_ATTEMPTS = 8
"""How often an act is looked at anew, as its target changed while it was sent."""
ROLE_EVENTS = frozenset({account.RoleGranted.type, account.RoleRevoked.type})
Chosen = Callable[[Sequence[Commit]], Command | None]
"""The command for a stream with these commits; None where there is nothing to be done."""

log = structlog.get_logger("moderation")


class Sender:
    """Safe to use by several processes at once, on the same commits."""

    def __init__(
        self, store: EventStore, bus: CommandBus, codec: Codec, after_command: Callable[[], None] = lambda: None
    ) -> None:
        """after_command: called behind each that was sent."""
        self.store = store
        self.codec = codec
        self._bus = bus
        self._after_command = after_command

    def case(self, target: str) -> Case:
        """As it stands now. Raises Parked."""
        return self._bus.aggregates().case(target)

    def record(self, command: Command, cause: Commit, command_id: str) -> None:
        """Sends a command of the site itself. Raises Unavailable, Parked, and Refused where it isn't accepted."""
        try:
            self._bus.send(command, envelope(cause, OPERATOR, command_id))
        except VersionConflict as conflict:
            raise Unavailable(conflict.message) from conflict
        self._after_command()

    def act(self, stream: str, choose: Chosen, sent: Envelope) -> None:
        """Sends the command that is right for a stream as it stands, if any is. One that is refused is passed over:
        `commit_of` says what was stored.

        What is sent is accepted only if the stream still stands as it did, so that a process which was frozen, and
        wakes up after others have ended the work, changes nothing. Raises Unavailable, Parked, Damaged.
        """
        for _ in range(MAX_ATTEMPTS):
            commits = self.store.load(stream)
            command = choose(commits) if commits else None
            if command is None:
                return
            try:
                self._bus.send(command, replace(sent, seen=(commits[-1].last,)))
            except StaleEdit as refusal:
                log.info("an act is skipped", command=sent.command_id, refusal=refusal.sentence)
            except Stale:
                continue
            except (Unavailable, Parked):
                raise
            except VersionConflict as conflict:
                raise Unavailable(conflict.message) from conflict
            except KeyReused:
                pass  # Done before, and its text has been erased since.
            except Refused as refusal:
                log.info("an act is skipped", command=sent.command_id, refusal=refusal.sentence)
            self._after_command()
            return
        raise Unavailable(f"{stream} changes too often for {sent.command_id}.")

    def commit_of(self, actor: str, command_id: str) -> Commit | None:
        """What a command of this actor stored; None where it stored nothing."""
        return self.store.find_command(stored_command_id(actor, command_id))

    def roles_at(self, commit: SequencedCommit) -> frozenset[str]:
        """Those that its actor had. Raises Damaged where that can't be read."""
        if commit.actor == OPERATOR:
            return OPERATOR_ACCOUNT.roles
        roles: set[str] = set()
        for one in self.store.load(account.stream(commit.actor)):
            position = position_of(one)
            if position is None or position > commit.position:
                break
            for stored in one.events:
                if stored.type not in ROLE_EVENTS:
                    continue
                match self.codec.decode(stored, one):
                    case account.RoleGranted(role=role):
                        roles.add(role)
                    case account.RoleRevoked(role=role):
                        roles.discard(role)
        return frozenset(roles)


def envelope(cause: Commit, actor: str, command_id: str, roles: frozenset[str] | None = None) -> Envelope:
    """Of a command that follows from a commit. roles: of its actor when they decided."""
    return Envelope(
        actor=actor, at=now(), command_id=command_id, causation_id=cause.id or None,
        correlation_id=cause.correlation_id, traceparent=cause.traceparent, decided_with=roles,
    )  # fmt: skip

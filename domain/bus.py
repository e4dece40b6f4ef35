"""The command bus: finds the handler by the command's type, decides, stores, and answers."""

from collections.abc import Mapping, Sequence

import msgspec

from . import account, gaps, rights
from .account import RegisterAccount
from .aggregates import Aggregates
from .commit import Commit, position_of, stored_command_id, stored_digest
from .errors import DuplicateCommand, Forbidden, KeyReused, Refused, Sentence, Stale, VersionConflict
from .handle import CLAIMING
from .handlers import Handler
from .ids import is_id, uuid7
from .messages import Command, Decision, Envelope, Erasure, Event, Receipt
from .ports import Codec, EventStore
from .rights import OPERATOR
from .signing import SiteKeys
from .snapshots import Snapshots

REUSED = Sentence("This was sent before with other content. Send it again as something new.")
ERASED = Sentence(
    "This was sent before, and what it stored has been erased since, so the two can't be compared. Nothing was stored "
    "now. Send it again as something new."
)
NO_KEYS = SiteKeys("")
MAX_ATTEMPTS = 8
"""How often a decision is made afresh when another commit came first. Deciding again is what refuses a
stale edit, so trying again overwrites nothing."""


class CommandBus:
    """Sends commands to their handlers. Safe to share between threads: all that it keeps is snapshots."""

    def __init__(
        self,
        store: EventStore,
        codec: Codec,
        handlers: Mapping[type[Command], Handler],
        snapshots: Snapshots | None = None,
        keys: SiteKeys = NO_KEYS,
    ) -> None:
        """snapshots: which others have as well; else its own. keys: the site's, by which left handles are reserved."""
        self._keys, self._store = keys, store
        self._codec = codec
        self._handlers = handlers
        self._snapshots = Snapshots() if snapshots is None else snapshots

    def send(self, command: Command, envelope: Envelope) -> Receipt:
        """Accepts a command whole, or raises Refused and stores nothing.

        The same command id again gets the first answer again, whatever has happened since but an erasure of what it
        stored.
        """
        for _ in range(MAX_ATTEMPTS):
            try:
                return self._attempt(command, envelope)
            except DuplicateCommand:
                return self._receipt_of_repeat(command, _by_account(command, envelope, self.aggregates()))
            except VersionConflict as conflict:
                lost = conflict
        raise lost

    def send_batch(self, commands: Sequence[tuple[Command, Envelope]]) -> list[Receipt | Refused]:
        """Sends many commands on streams of their own, storing them together; one outcome each, in order."""
        aggregates = self.aggregates()
        commands = [(command, _by_account(command, envelope, aggregates)) for command, envelope in commands]
        aggregates.prefetch(_streams_to_load(commands))
        outcomes: list[Receipt | Refused | Commit] = []
        for command, envelope in commands:
            outcomes.append(self._decided_commit(command, envelope, aggregates))
        fresh = [outcome for outcome in outcomes if isinstance(outcome, Commit)]
        stored = iter(self._store.append_many(fresh))
        return [
            self._receipt_or_send_again(next(stored), command, envelope) if isinstance(outcome, Commit) else outcome
            for outcome, (command, envelope) in zip(outcomes, commands, strict=True)
        ]

    def aggregates(self) -> Aggregates:
        """A fresh look at the streams, for one decision."""
        return Aggregates(self._store, self._codec, self._snapshots, self._keys)

    def position(self) -> int:
        """The last position given out; 0 for an empty store."""
        return self._store.head()[0]

    def stored(self, after: int, limit: int) -> list[gaps.Decoded]:
        """Up to limit commits with position > after, in order, each with its events in today's shape. What can't be
        read, or is missing, leaves a gap that is marked."""
        commits = gaps.unbroken(self._store.read(after, limit), after, limit)
        return [gaps.decoded(self._codec, commit) for commit in commits]

    def was_sent(self, envelope: Envelope) -> bool:
        """Whether something is stored under this command id of an account's id."""
        return (scoped := _scoped_command_id(envelope)) is not None and self._store.find_command(scoped) is not None

    def _attempt(self, command: Command, envelope: Envelope) -> Receipt:
        aggregates = self.aggregates()
        envelope = _by_account(command, envelope, aggregates)
        aggregates.prefetch(_streams_to_load([(command, envelope)]))
        try:
            decision = self._decide(command, envelope, aggregates)
        except Refused:
            if (answer := self._earlier_receipt(command, envelope)) is not None:
                return answer
            raise
        if not decision.events:
            unchanged = Receipt(stream=decision.stream, version=decision.version)
            return self._earlier_receipt(command, envelope) or unchanged
        commit = self._commit(command, envelope, decision)
        return _receipt(self._store.append(commit, _erased_versions(decision)))

    def _decide(self, command: Command, envelope: Envelope, aggregates: Aggregates) -> Decision:
        handler = self._handlers.get(type(command))
        if handler is None:
            raise TypeError(f"no handler for {type(command).__name__}")
        by = aggregates.account(envelope.actor).as_of(envelope.at)
        if envelope.without_roles:
            by = msgspec.structs.replace(by, roles=frozenset())
        elif envelope.decided_with is not None:
            by = rights.as_decided(by, envelope.decided_with)
        decision = handler(command, by, aggregates)
        if decision.events and not by.exists and not is_id(envelope.actor):
            raise Forbidden("Log in first.")
        if envelope.seen is not None and not decision.is_seen(envelope.seen):
            raise Stale(decision.version)
        return decision

    def _commit(self, command: Command, envelope: Envelope, decision: Decision) -> Commit:
        events = tuple(self._codec.encode(self._with_skeletons(event, decision.stream)) for event in decision.events)
        return Commit(
            actor=envelope.actor,
            at=envelope.at,
            causation_id=envelope.causation_id,
            claim=next((event.claim for event in decision.events if isinstance(event, CLAIMING)), None),
            command_digest=stored_digest(command, events[0].salt or "") if envelope.command_id else None,
            command_id=_scoped_command_id(envelope),
            correlation_id=envelope.correlation_id,
            events=events,
            first=decision.version + 1,
            id=uuid7(),
            key=decision.key,
            stream=decision.stream,
            traceparent=envelope.traceparent,
        )

    def _with_skeletons(self, event: Event, stream: str) -> Event:
        """An erasure says what it leaves of each text, so that what is put there later is found."""
        if not isinstance(event, Erasure):
            return event
        commits = self._store.load_from({stream: 1}).get(stream, [])
        stored = {version: one for commit in commits for version, one in enumerate(commit.events, commit.first)}
        left = tuple(self._codec.skeleton(stored[version]) for version in event.erased)
        return msgspec.structs.replace(event, skeletons=left)

    def _earlier_receipt(self, command: Command, envelope: Envelope) -> Receipt | None:
        """The answer this command id had before, or None. Raises KeyReused where it came with other content, or nobody
        can tell any more."""
        scoped = _scoped_command_id(envelope)
        commit = self._store.find_command(scoped) if scoped else None
        if commit is None:
            return None
        salt = commit.events[0].salt
        if salt is None:
            raise KeyReused(ERASED)
        if commit.command_digest != stored_digest(command, salt) or not _is_of_account(
            command, commit, self.aggregates()
        ):
            raise KeyReused(REUSED)
        return msgspec.structs.replace(_receipt(commit), repeated=True)

    def _receipt_of_repeat(self, command: Command, envelope: Envelope) -> Receipt:
        answer = self._earlier_receipt(command, envelope)
        if answer is None:
            raise LookupError(f"the store refused command id {envelope.command_id} as used, but has no commit of it")
        return answer

    def _decided_commit(
        self, command: Command, envelope: Envelope, aggregates: Aggregates
    ) -> Receipt | Refused | Commit:
        """One command of a batch: the commit to store, or the outcome where that is settled already."""
        try:
            decision = self._decide(command, envelope, aggregates)
            if _erased_versions(decision):
                return self.send(command, envelope)
            if decision.events:
                return self._commit(command, envelope, decision)
            unchanged = Receipt(stream=decision.stream, version=decision.version)
            return self._earlier_receipt(command, envelope) or unchanged
        except Refused as refusal:
            try:
                return self._earlier_receipt(command, envelope) or refusal
            except KeyReused as reused:
                return reused

    def _receipt_or_send_again(
        self, outcome: Commit | VersionConflict | DuplicateCommand, command: Command, envelope: Envelope
    ) -> Receipt | Refused:
        """The answer to a command of a batch; one that lost a race is sent again by itself."""
        if isinstance(outcome, Commit):
            return _receipt(outcome)
        try:
            return self.send(command, envelope)
        except Refused as refusal:
            return refusal


def _streams_to_load(commands: Sequence[tuple[Command, Envelope]]) -> set[str]:
    """The streams that deciding these commands will look at, as far as they can be told beforehand."""
    actors = {envelope.actor for _, envelope in commands}
    streams = {account.stream(actor) for actor in actors if is_id(actor)}
    return streams.union(*(command.streams_read(envelope.actor) for command, envelope in commands))


def _by_account(command: Command, envelope: Envelope, aggregates: Aggregates) -> Envelope:
    """The envelope with its sender's account id; for a handle that nobody has it stays as it is.

    Whoever registers acts as the account that comes to be, or that has the handle already: so a repeat is found.
    """
    if isinstance(command, RegisterAccount) and envelope.actor != OPERATOR:
        actor = aggregates.holder(command.handle) or command.account
    elif is_id(envelope.actor) or envelope.actor == OPERATOR:
        return envelope
    else:
        actor = aggregates.holder(envelope.actor) or envelope.actor
    return msgspec.structs.replace(envelope, actor=actor)


def _erased_versions(decision: Decision) -> Sequence[int]:
    """The versions whose texts go with this decision; none but for an erasure."""
    return next((event.erased for event in decision.events if isinstance(event, Erasure)), ())


def _receipt(commit: Commit) -> Receipt:
    return Receipt(stream=commit.stream, version=commit.last, commit=commit.id, position=position_of(commit))


def _scoped_command_id(envelope: Envelope) -> str | None:
    return stored_command_id(envelope.actor, envelope.command_id) if envelope.command_id else None


def _is_of_account(command: Command, commit: Commit, aggregates: Aggregates) -> bool:
    """Whether a command that names an account names the one whose commit this is."""
    typed = getattr(command, "handle", None)
    return typed is None or commit.key == (typed if is_id(typed) else aggregates.holder(typed))


def operator(at: str, command_id: str | None = None) -> Envelope:
    """The envelope of what somebody does on the command line."""
    return Envelope(actor=OPERATOR, at=at, command_id=command_id)

"""Aggregates rebuilt from their stored events, or from a snapshot and what came after; each once for one decision."""

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar, cast

from . import account, comment, like, post, rights, site, token, webhook
from .commit import Commit
from .contribution import Contribution
from .errors import Damaged, NotFound, Parked, Sentence
from .handle import claim, placeholder, reservation, reserved_claim
from .ids import is_id
from .messages import Event
from .moderation import appeal, case, case_state, report
from .ports import Codec, EventStore
from .signing import SiteKeys
from .snapshots import Snapshot, Snapshots
from .text import handle_key, is_handle
from .webhook_state import Webhooks

_UNKNOWN = {
    "post": Sentence("There is no such post."),
    "comment": Sentence("There is no such comment."),
    "token": Sentence("There is no such token."),
}
State = TypeVar(
    "State", rights.Account, appeal.Appeal, case_state.Case, comment.Comment, like.LikeState, post.Post, report.Report,
    site.Site, token.Token, Webhooks,
)  # fmt: skip


class _Loaded(NamedTuple):
    """A snapshot that is the store's, and the commits after it; without one, all of them."""

    snapshot: Snapshot | None
    commits: list[Commit]


class Aggregates:
    """A consistent look at the streams that one decision (or one batch of them) needs."""

    def __init__(self, store: EventStore, codec: Codec, snapshots: Snapshots, keys: SiteKeys) -> None:
        self._keys = keys
        self._store = store
        self._codec = codec
        self._snapshots = snapshots
        self._loaded: dict[str, _Loaded] = {}
        self._states: dict[str, Any] = {}
        self._holders: dict[str, str | None] = {}

    def prefetch(self, streams: Iterable[str]) -> None:
        """Loads many streams in few round trips: one, and another for those whose snapshots aren't the store's."""
        wanted = {name: self._snapshots.find(name) for name in streams if name not in self._loaded}
        found = self._store.load_from({name: one.first if one else 1 for name, one in wanted.items()})
        others = {}
        for name, snapshot in wanted.items():
            commits = found.get(name, [])
            if snapshot is None:
                self._loaded[name] = _Loaded(None, commits)
            elif commits and (commits[0].first, commits[0].id) == (snapshot.first, snapshot.commit):
                self._loaded[name] = _Loaded(snapshot, commits[1:])
            else:
                self._snapshots.drop(name, snapshot)
                others[name] = 1
        if others:
            found = self._store.load_from(others)
            self._loaded.update({name: _Loaded(None, found.get(name, [])) for name in others})

    def post(self, id: str) -> post.Post:
        return self._rebuild(post.stream(_known(id, "post")), post.Post(), post.evolve)

    def comment(self, id: str) -> comment.Comment:
        return self._rebuild(comment.stream(_known(id, "comment")), comment.Comment(), comment.evolve)

    def writing(self, stream: str) -> Contribution:
        """The post or comment with this stream."""
        kind, _, id = stream.partition("-")
        return self.post(id) if kind == "post" else self.comment(id)

    def like(self, target: str, account: str) -> like.LikeState:
        return self._rebuild(like.stream(target, account), like.LikeState(), like.evolve)

    def account(self, id: str) -> rights.Account:
        if id == rights.OPERATOR:
            return rights.OPERATOR_ACCOUNT
        return self._rebuild(account.stream(id), rights.Account(), account.evolve) if is_id(id) else rights.Account()

    def account_named(self, typed: str) -> rights.Account:
        """The account with this id, or with this handle as somebody typed it."""
        return self.account(typed if is_id(typed) else self.holder(typed) or "")

    def called(self, id: str) -> str:
        """What an account is called today: a placeholder where its owner leaves or left, its handle is erased, or its
        stream can't be read. What is no id of an account is called by itself."""
        if not is_id(id):
            return id
        try:
            found = self.account(id)
        except Parked:
            return placeholder(id)
        return placeholder(id) if found.leaving or not found.handle else found.handle

    def holder(self, handle: str) -> str | None:
        """The id of the account that has a handle, as somebody typed it, or had it before its owner left, while it is
        reserved; None where nobody has it."""
        key = handle_key(handle)
        if key == rights.OPERATOR:
            return key
        if key not in self._holders:
            # In this order: a reservation is stored before the claim goes.
            claims = [claim(key), *map(reserved_claim, self.reservations(key))] if is_handle(key) else []
            found = next(filter(None, map(self._store.find_claim, claims)), None)
            self._holders[key] = found.stream.partition("-")[2] if found else None
        return self._holders[key]

    def reservations(self, handle: str) -> tuple[str, ...]:
        """What may stand for a handle whose owner left, as somebody typed it: what is stored today comes first."""
        key = handle_key(handle)
        return tuple(reservation(site_key, key) for site_key in self._keys.every) if is_handle(key) else ()

    def reservation(self, holder: rights.Account, handle: str) -> str:
        """Which of them reserves a handle for this account; "" where none does."""
        return next((one for one in self.reservations(handle) if one in holder.reserved_handles), "")

    def token(self, id: str) -> token.Token:
        return self._rebuild(token.stream(_known(id, "token")), token.Token(), token.evolve)

    def report(self, target: str, reporter: str) -> report.Report:
        return self._rebuild(report.stream(target, reporter), report.Report(), report.evolve)

    def case(self, target: str) -> case_state.Case:
        return self._rebuild(case.stream(target), case_state.Case(), case_state.evolve)

    def appeal(self, decision: str, account: str) -> appeal.Appeal:
        return self._rebuild(appeal.stream(decision, account), appeal.Appeal(), appeal.evolve)

    def site(self) -> site.Site:
        return self._rebuild(site.stream(), site.Site(), site.evolve)

    def stored(self, stream: str) -> Sequence[Commit]:
        """All commits of a stream, for what its state doesn't say."""
        return self._store.load(stream)

    def events(self, stream: str) -> list[tuple[int, Event]]:
        """All events of a stream, each with its version. Raises Parked where one of them can't be read."""
        try:
            return [
                (version, self._codec.decode(stored, commit))
                for commit in self._store.load(stream)
                for version, stored in enumerate(commit.events, commit.first)
            ]
        except Damaged as error:
            raise Parked(stream) from error

    def webhooks(self, account: str) -> Webhooks:
        return self._rebuild(webhook.stream(account), Webhooks(), webhook.evolve) if is_id(account) else Webhooks()

    def _rebuild(self, stream: str, new: State, evolve: Callable[[Any, Event, str], None]) -> State:
        """The state after the stream's events. Deciding changes nothing, so looks may share one state.

        Raises Parked where one of them can't be read, or is missing.
        """
        if stream in self._states:
            return cast(State, self._states[stream])
        if stream not in self._loaded:
            self.prefetch([stream])
        snapshot, commits = self._loaded[stream]
        state = cast(State, snapshot.state) if snapshot else new
        if commits:
            # Its fields hold what can't be changed, so that the copy may be without the other's knowing.
            state = self._folded(stream, copy.copy(state), commits, evolve)
        if commits and (snapshot or len(commits) > 1):
            last = commits[-1]
            self._snapshots.keep(stream, Snapshot(first=last.first, commit=last.id, state=state))
        self._states[stream] = state
        self._loaded[stream] = _Loaded(None, [])
        return state

    def _folded(
        self, stream: str, state: State, commits: Iterable[Commit], evolve: Callable[[Any, Event, str], None]
    ) -> State:
        """Takes the commits into a state that is nobody else's."""
        try:
            for commit in commits:
                if commit.first != state.version + 1:
                    raise Damaged(f"{stream} version {state.version + 1} is missing")
                for version, stored in enumerate(commit.events, commit.first):
                    state.version = version
                    evolve(state, self._codec.decode(stored, commit), commit.actor)
        except Damaged as error:
            raise Parked(stream) from error
        return state


def _known(id: str, kind: str) -> str:
    if not is_id(id):
        raise NotFound(_UNKNOWN[kind])
    return id

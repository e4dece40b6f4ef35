"""Aggregates rebuilt from their stored events, each loaded at most once for one decision."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

from . import account, comment, like, post, token, webhook
from .commit import Commit
from .errors import Damaged, NotFound, Parked, Sentence
from .ids import is_id
from .messages import Event
from .ports import Codec, EventStore
from .text import is_handle

_UNKNOWN = {
    "post": Sentence("There is no such post."),
    "comment": Sentence("There is no such comment."),
    "token": Sentence("There is no such token."),
}
State = TypeVar("State", account.Account, comment.Comment, like.LikeState, post.Post, token.Token, webhook.Webhooks)


class Aggregates:
    """A consistent look at the streams that one decision (or one batch of them) needs."""

    def __init__(self, store: EventStore, codec: Codec) -> None:
        self._store = store
        self._codec = codec
        self._commits: dict[str, list[Commit]] = {}
        self._states: dict[str, Any] = {}

    def prefetch(self, streams: Iterable[str]) -> None:
        """Loads many streams in few round trips."""
        wanted = [name for name in streams if name not in self._commits]
        found = self._store.load_from(dict.fromkeys(wanted, 1))
        self._commits.update({name: found.get(name, []) for name in wanted})

    def post(self, id: str) -> post.Post:
        return self._rebuild(post.stream(_known(id, "post")), post.Post(), post.evolve)

    def comment(self, id: str) -> comment.Comment:
        return self._rebuild(comment.stream(_known(id, "comment")), comment.Comment(), comment.evolve)

    def like(self, target: str, handle: str) -> like.LikeState:
        return self._rebuild(like.stream(target, handle), like.LikeState(), like.evolve)

    def account(self, handle: str) -> account.Account:
        if handle == account.OPERATOR:
            return account.OPERATOR_ACCOUNT
        stream = account.stream(handle)
        if stream not in self._states and not is_handle(handle):
            return account.Account()
        return self._rebuild(stream, account.Account(), account.evolve)

    def token(self, id: str) -> token.Token:
        return self._rebuild(token.stream(_known(id, "token")), token.Token(), token.evolve)

    def webhooks(self, handle: str) -> webhook.Webhooks:
        if not is_handle(handle):
            return webhook.Webhooks()
        return self._rebuild(webhook.stream(handle), webhook.Webhooks(), webhook.evolve)

    def _rebuild(self, stream: str, state: State, evolve: Callable[[Any, Event, str], None]) -> State:
        """The state after the stream's events. Deciding changes nothing, so one look shares one state.

        Raises Parked where one of them can't be read, or is missing.
        """
        if stream in self._states:
            return cast(State, self._states[stream])
        if stream not in self._commits:
            self.prefetch([stream])
        try:
            for commit in self._commits[stream]:
                if commit.first != state.version + 1:
                    raise Damaged(f"{stream} version {state.version + 1} is missing")
                for version, stored in enumerate(commit.events, commit.first):
                    state.version = version
                    evolve(state, self._codec.decode(stored, commit), commit.actor)
        except Damaged as error:
            raise Parked(stream) from error
        self._states[stream] = state
        return state


def _known(id: str, kind: str) -> str:
    if not is_id(id):
        raise NotFound(_UNKNOWN[kind])
    return id

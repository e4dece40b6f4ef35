"""Likes: one small stream for each person and thing liked, so that a crowd never contends."""

from typing import ClassVar

import msgspec

from .comment import Comment
from .errors import NotFound, Removed
from .ids import Id, StreamName
from .messages import Command, Event
from .post import Post
from .rights import Account, require_active


class Like(Command, frozen=True, kw_only=True):
    """target is the stream of what is liked: "post-<id>" or "comment-<id>"."""

    target: str

    def streams_read(self, actor: str) -> tuple[str, ...]:
        return (self.target, stream(self.target, actor))


class Unlike(Command, frozen=True, kw_only=True):
    target: str

    def streams_read(self, actor: str) -> tuple[str, ...]:
        return (self.target, stream(self.target, actor))


class Liked(Event, frozen=True, kw_only=True):
    """thread is the post's id, also where a comment is liked."""

    type: ClassVar[str] = "Liked"
    schema: ClassVar[int] = 2
    target: StreamName
    thread: Id
    account: Id


class Unliked(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "Unliked"
    schema: ClassVar[int] = 2
    target: StreamName
    thread: Id
    account: Id


COMMANDS: tuple[type[Command], ...] = (Like, Unlike)
EVENTS: tuple[type[Event], ...] = (Liked, Unliked)


class LikeState(msgspec.Struct):
    version: int = 0
    liked: bool = False


def stream(target: str, account: str) -> str:
    return f"like-{target}-{account}"


def decide(like: LikeState, command: Command, by: Account, thing: Post | Comment, thread: Post) -> list[Event]:
    """thing is the post or comment behind the target, thread the post it belongs to."""
    require_active(by)
    if not thing.exists:
        raise NotFound("There is nothing to like there.")
    match command:
        case Like():
            if thing.removed or thread.removed:
                raise Removed("This was removed, so it can't be liked.")
            return [] if like.liked else [_event(Liked, command, by, thing)]
        case Unlike():
            return [_event(Unliked, command, by, thing)] if like.liked else []
    raise TypeError(f"{type(command).__name__} is no command of a like")


def _event(kind: type[Liked] | type[Unliked], command: Like | Unlike, by: Account, thing: Post | Comment) -> Event:
    return kind(target=command.target, thread=thread_of(command.target, thing), account=by.id)


def thread_of(target: str, thing: Post | Comment) -> str:
    """The id of the post that the target belongs to."""
    return thing.post if isinstance(thing, Comment) else target.partition("-")[2]


def evolve(like: LikeState, event: Event, _actor: str) -> None:
    """Applies one event; the caller has raised like.version to the event's own."""
    like.liked = isinstance(event, Liked)

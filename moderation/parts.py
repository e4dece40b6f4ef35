"""What decisions and bulk removals both do to a text, and whether it still stands."""

from collections.abc import Collection, Sequence

from domain import comment, post
from domain.commit import Commit
from domain.messages import Command
from domain.moderation.suspension import AccountReinstated, AccountSuspended

POWER = frozenset({"admin"})
"""Whoever may take something back lifts all that it did: about whom it was doesn't count again."""
SUSPENSIONS = frozenset({AccountSuspended.type, AccountReinstated.type})


def removal(stream: str, reason: str | None, batch: str = "") -> Command:
    """Of a post or a comment."""
    kind, _, id = stream.partition("-")
    if kind == "post":
        return post.RemovePost(post=id, reason=reason or "", batch=batch)
    return comment.RemoveComment(comment=id, reason=reason or "", batch=batch)


def restoration(stream: str, reason: str | None, batch: str = "") -> Command:
    """Of a post or a comment."""
    kind, _, id = stream.partition("-")
    if kind == "post":
        return post.RestorePost(post=id, reason=reason or "", batch=batch)
    return comment.RestoreComment(comment=id, reason=reason or "", batch=batch)


def last_is(done: Commit, commits: Sequence[Commit], types: Collection[str]) -> bool:
    """Whether this commit has the last event of these types."""
    last = next((one for one in reversed(commits) if any(event.type in types for event in one.events)), None)
    return last is not None and last.id == done.id

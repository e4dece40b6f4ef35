"""The commands of a bulk removal's parts."""

from collections.abc import Collection, Sequence

from domain import comment, post
from domain.commit import Commit
from domain.messages import Command
from domain.moderation.bulk import BulkRemovalOrdered, BulkRemovalTakenBack


def removed_part(stream: str, ordered: BulkRemovalOrdered) -> Command:
    kind, _, id = stream.partition("-")
    reason = ordered.reason or ""
    if kind == "post":
        return post.RemovePost(post=id, reason=reason, batch=ordered.batch)
    return comment.RemoveComment(comment=id, reason=reason, batch=ordered.batch)


def restored_part(stream: str, taken_back: BulkRemovalTakenBack) -> Command:
    kind, _, id = stream.partition("-")
    reason = taken_back.reason or ""
    if kind == "post":
        return post.RestorePost(post=id, reason=reason, batch=taken_back.batch)
    return comment.RestoreComment(comment=id, reason=reason, batch=taken_back.batch)


def last_is(done: Commit, commits: Sequence[Commit], types: Collection[str]) -> bool:
    """Whether this commit has the last event of these types."""
    last = next((one for one in reversed(commits) if any(event.type in types for event in one.events)), None)
    return last is not None and last.id == done.id

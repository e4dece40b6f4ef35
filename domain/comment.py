"""Comments: replies in a post's thread, each a small stream of its own. Commands, events, then the rules."""

from typing import ClassVar

from . import rights, text
from .contribution import Contribution, Seen
from .errors import Conflict, Locked, NotFound, Removed
from .ids import Id, is_id
from .messages import Command, Erasure, Event, Explained
from .post import Post
from .post import stream as stream_of_post
from .reasons import CommentReasonsErased
from .rights import Account

MAX_DEPTH = 12
"""Replies to a comment at this depth become its siblings."""


class AddComment(Command, frozen=True, kw_only=True):
    regenerated: ClassVar[tuple[str, ...]] = ("comment",)
    comment: str
    post: str
    body: str
    parent: str | None = None

    def streams_read(self, _actor: str) -> tuple[str, ...]:
        return (stream(self.comment), stream_of_post(self.post)) if is_id(self.comment) and is_id(self.post) else ()


class EditComment(Command, frozen=True, kw_only=True):
    """version is the one that the editor saw."""

    comment: str
    version: Seen
    body: str
    reason: str = ""


class RemoveComment(Command, frozen=True, kw_only=True):
    """batch: the bulk removal that it is a part of, "" for one alone."""

    comment: str
    reason: str = ""
    batch: str = ""


class RestoreComment(Command, frozen=True, kw_only=True):
    """batch: the bulk removal that it is a part of, "" for one alone."""

    comment: str
    reason: str = ""
    batch: str = ""


class EraseComment(Command, frozen=True, kw_only=True):
    """Takes every text this comment ever had out of the store, for good."""

    comment: str
    reason: str = ""


class CommentAdded(Event, frozen=True, kw_only=True):
    """root is the top comment of this branch (itself at depth 0); parent None means a reply to the post."""

    type: ClassVar[str] = "CommentAdded"
    erasable: ClassVar[tuple[str, ...]] = ("body",)
    comment: Id
    post: Id
    parent: Id | None
    root: Id
    depth: int
    author: Id
    body: str


class CommentEdited(Explained, frozen=True, kw_only=True):
    type: ClassVar[str] = "CommentEdited"
    schema: ClassVar[int] = 2
    erasable: ClassVar[tuple[str, ...]] = ("body", "reason")
    comment: Id
    body: str


class CommentRemoved(Explained, frozen=True, kw_only=True):
    type: ClassVar[str] = "CommentRemoved"
    schema: ClassVar[int] = 3
    comment: Id
    batch: Id = ""


class CommentRestored(Explained, frozen=True, kw_only=True):
    type: ClassVar[str] = "CommentRestored"
    schema: ClassVar[int] = 3
    comment: Id
    batch: Id = ""


class CommentErased(Erasure, frozen=True, kw_only=True):
    """Every text that it had is gone."""

    type: ClassVar[str] = "CommentErased"
    schema: ClassVar[int] = 3
    erasable: ClassVar[tuple[str, ...]] = ("reason",)
    comment: Id
    reason: str | None = ""


COMMANDS: tuple[type[Command], ...] = (AddComment, EditComment, RemoveComment, RestoreComment, EraseComment)
EVENTS: tuple[type[Event], ...] = (
    CommentAdded, CommentEdited, CommentRemoved, CommentRestored, CommentErased, CommentReasonsErased,
)  # fmt: skip


class Comment(Contribution):
    id: str = ""
    post: str = ""
    parent: str | None = None
    root: str = ""
    depth: int = 0
    body: str = ""


def stream(comment: str) -> str:
    return f"comment-{comment}"


def decide(comment: Comment, command: Command, by: Account, thread: Post, parent: Comment | None) -> list[Event]:
    """thread is the post commented on; parent the comment replied to, None for a reply to the post."""
    if isinstance(command, EraseComment) and comment.exists:
        return _erase(comment, command, by)
    rights.require_active(by)
    if isinstance(command, AddComment):
        return _add(comment, command, by, thread, parent)
    if not comment.exists:
        raise NotFound("There is no such comment.")
    match command:
        case EditComment():
            return _edit(comment, command, by, thread)
        case RemoveComment():
            reason = rights.require_author_or_moderator(comment.author, by, command.reason)
            removed = CommentRemoved(comment=comment.id, reason=reason, batch=command.batch)
            return [] if comment.removed else [removed]
        case RestoreComment():
            rights.require_remover_or_moderator(comment.removed_by, comment.author, by)
            reason = text.optional_reason(command.reason)
            restored = CommentRestored(comment=comment.id, reason=reason, batch=command.batch)
            return [restored] if comment.removed else []
    raise TypeError(f"{type(command).__name__} is no command of a comment")


def _erase(comment: Comment, command: EraseComment, by: Account) -> list[Event]:
    reason = rights.require_admin_or_closed_author(comment.author, by, command.reason)
    erased = comment.erasable_for(reason)
    return [CommentErased(comment=comment.id, erased=erased, reason=reason)] if erased else []


def _add(comment: Comment, command: AddComment, by: Account, thread: Post, parent: Comment | None) -> list[Event]:
    if comment.exists:
        raise Conflict("This comment is added already.")
    body = text.comment_body(command.body)
    _require_open(thread, by)
    if command.parent is not None:
        _require_answerable(parent, command.post)
    above = _parent_within_depth(parent)
    return [
        CommentAdded(
            comment=command.comment,
            post=command.post,
            parent=above.id if above else None,
            root=above.root if above else command.comment,
            depth=above.depth + 1 if above else 0,
            author=by.id,
            body=body,
        )
    ]


def _edit(comment: Comment, command: EditComment, by: Account, thread: Post) -> list[Event]:
    reason = rights.require_author_or_moderator(comment.author, by, command.reason)
    if comment.removed:
        raise Removed("This comment was removed. Restore it before you edit it.")
    _require_open(thread, by)
    body = text.comment_body(command.body)
    if body == comment.body:
        return []
    comment.require_current(command.version, {"body": comment.body}, {"body": body})
    return [CommentEdited(comment=comment.id, body=body, reason=reason)]


def _require_open(thread: Post, by: Account) -> None:
    if not thread.exists:
        raise NotFound("There is no such post.")
    if thread.removed:
        raise Removed("This post was removed, so its thread is closed.")
    if thread.locked and not by.is_moderator:
        raise Locked("A moderator locked this thread: it takes no new comments and no edits.")


def _require_answerable(parent: Comment | None, post: str) -> None:
    if parent is None or not parent.exists or parent.post != post:
        raise NotFound("The comment you answer is not in this thread.")
    if parent.removed:
        raise Conflict("The comment you answer was removed meanwhile.")


def _parent_within_depth(parent: Comment | None) -> Comment | None:
    """The parent, or the parent's own parent where the thread is at its deepest."""
    if parent is None or parent.depth < MAX_DEPTH:
        return parent
    return Comment(version=1, id=parent.parent or "", root=parent.root, depth=parent.depth - 1)


def evolve(comment: Comment, event: Event, actor: str) -> None:
    """Applies one event; the caller has raised comment.version to the event's own."""
    match event:
        case CommentAdded():
            comment.id, comment.post, comment.parent = event.comment, event.post, event.parent
            comment.root, comment.depth, comment.author = event.root, event.depth, event.author
            comment.body = event.body
            comment.text_changed()
        case CommentEdited():
            comment.body = event.body
            comment.text_changed()
        case CommentRemoved():
            comment.removed_by = actor
            comment.reason_given(event.reason, actor)
        case CommentRestored():
            comment.removed_by = ""
            comment.reason_given(event.reason, actor)
        case CommentErased():
            comment.body = ""
            comment.text_erased(event.erased, event.reason, actor)
        case CommentReasonsErased():
            comment.reasons_erased(event.erased)

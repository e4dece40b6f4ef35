"""Taking back what was just done: a compensating command, and only while the thing is as that act left it."""

from collections.abc import Sequence

import msgspec
from flask import flash

from domain.comment import EditComment, RemoveComment, RestoreComment
from domain.errors import Conflict, NotFound, Sentence, StaleEdit, Unavailable
from domain.like import Like, Unlike
from domain.messages import Command, Receipt
from domain.post import EditPost, LockPost, RemovePost, RestorePost, UnlockPost
from readmodel.engine.queries import HistoryOf
from readmodel.engine.views import CommentView, HistoryItem, PostView
from webapp.site import site
from webapp.site.commands import Sent, send
from webapp.site.database import ask, connections

from . import permissions

CHANGED = Sentence("This was changed again since, so it can't simply be taken back. The history shows what happened.")
ERASED = Sentence("The words of that version were erased for good, so there is nothing to go back to.")
WORDS = frozenset({"PostPublished", "PostEdited", "PostErased", "CommentAdded", "CommentEdited", "CommentErased"})
EDITS = frozenset({"PostEdited", "CommentEdited"})
OPPOSITES: dict[str, type[RemovePost | RestorePost | LockPost | UnlockPost]] = {
    "PostRemoved": RestorePost,
    "PostRestored": RemovePost,
    "PostLocked": UnlockPost,
    "PostUnlocked": LockPost,
}
OF_COMMENTS: dict[str, type[RemoveComment | RestoreComment]] = {
    "CommentRemoved": RestoreComment,
    "CommentRestored": RemoveComment,
}
LIKES = {Like: "unlike", Unlike: "like"}


class Offer(msgspec.Struct, frozen=True):
    """act: the command that was accepted; action: where the form that takes it back goes; version: the one it made.

    target: what shows the outcome in place; "" where a page does.
    """

    act: str
    action: str
    version: int = 0
    target: str = ""


def of(sent: Sent, command: Command) -> Offer | None:
    """How this act is taken back; None where it changed nothing."""
    if sent.receipt.commit is None:
        return None
    act = type(command).__name__
    if isinstance(command, Like | Unlike):
        kind, _, id = command.target.partition("-")
        return Offer(act, f"/{kind}s/{id}/{LIKES[type(command)]}", target=f"#like-{id}")
    kind, _, id = sent.receipt.stream.partition("-")
    return Offer(act, f"/{kind}s/{id}/undo", sent.receipt.version, f"#comment-{id}" if kind == "comment" else "")


def tell(sent: Sent, command: Command) -> None:
    """Offers it on the next page."""
    if offer := of(sent, command):
        flash(msgspec.to_builtins(offer), "undo")  # type: ignore[arg-type]


def undoable(items: Sequence[HistoryItem]) -> frozenset[int]:
    """The versions that nothing of their own kind came after. items: a whole history, oldest first."""
    last = {_kind(item.type): item for item in items}
    return frozenset(item.version for item in last.values() if item.type in EDITS or item.type in _ALL)


def post(found: PostView, version: int, command_id: str | None) -> tuple[Sent, Command]:
    """Takes back what made this version of a post. Raises Conflict where it was changed again since."""
    items = _history(f"post-{found.id}", site.current().bus.aggregates().post(found.id).version)
    item = _standing(items, version)
    reason = _reason(found, version)
    if item.type in OPPOSITES:
        return _sent(OPPOSITES[item.type](post=found.id, reason=reason), command_id)
    return _sent(_edit_post(found, version, _before(items, version), reason), command_id)


def comment(found: CommentView, version: int, command_id: str | None) -> tuple[Sent, Command]:
    """The same of a comment."""
    items = _history(f"comment-{found.id}", site.current().bus.aggregates().comment(found.id).version)
    item = _standing(items, version)
    reason = _reason(found, version)
    if item.type in OF_COMMENTS:
        return _sent(OF_COMMENTS[item.type](comment=found.id, reason=reason), command_id)
    return _sent(_edit_comment(found, version, _before(items, version), reason), command_id)


def post_back(found: PostView, to: int, seen: int, reason: str, command_id: str | None) -> tuple[Sent, Command]:
    """Gives a post the words of an earlier version, if they are still those that somebody saw."""
    words = _words(ask(HistoryOf(stream=f"post-{found.id}")), to)
    return _sent(_edit_post(found, seen, words, reason), command_id)


def comment_back(found: CommentView, to: int, seen: int, reason: str, command_id: str | None) -> tuple[Sent, Command]:
    words = _words(ask(HistoryOf(stream=f"comment-{found.id}")), to)
    return _sent(_edit_comment(found, seen, words, reason), command_id)


def _sent(command: Command, command_id: str | None) -> tuple[Sent, Command]:
    try:
        return send(command, command_id), command
    except StaleEdit as stale:
        raise Conflict(CHANGED) from stale


def _history(stream: str, version: int) -> list[HistoryItem]:
    """Every act up to this version. Raises Unavailable while the lists don't show it yet."""
    here = site.current()
    if not here.live.wait(Receipt(stream=stream, version=version), here.settings.wait_s, connections()):
        raise Unavailable("The history is catching up. Nothing was changed; try again in a moment.")
    items: list[HistoryItem] = ask(HistoryOf(stream=stream))
    return items


def _standing(items: Sequence[HistoryItem], version: int) -> HistoryItem:
    """The act behind a version, where it still stands or is taken back already. Words are compared by the command."""
    item = next((item for item in items if item.version == version), None)
    if item is None or not (item.type in EDITS or item.type in _ALL):
        raise NotFound("There is no such act to take back.")
    last = [one for one in items if _kind(one.type) == _kind(item.type)][-1]
    if item.type in _ALL and last.type == item.type and last.version != version:
        raise Conflict(CHANGED)
    return item


def _before(items: Sequence[HistoryItem], version: int) -> HistoryItem:
    """The words that a version's own followed."""
    brought = [item for item in items if item.version < version and item.type in WORDS]
    return _words(items, brought[-1].version if brought else 0)


def _words(items: Sequence[HistoryItem], version: int) -> HistoryItem:
    item = next((item for item in items if item.version == version), None)
    if item is not None and item.type in WORDS and (item.erased or item.body is None):
        raise Conflict(ERASED)
    if item is None or item.body is None:
        raise NotFound("There is no such version to go back to.")
    return item


def _edit_post(found: PostView, seen: int, words: HistoryItem, reason: str) -> EditPost:
    return EditPost(
        post=found.id,
        version=seen,
        title=words.title or "",
        body=words.body or "",
        url=words.url or "",
        reason=reason,
    )


def _edit_comment(found: CommentView, seen: int, words: HistoryItem, reason: str) -> EditComment:
    return EditComment(comment=found.id, version=seen, body=words.body or "", reason=reason)


def _reason(found: PostView | CommentView, version: int) -> str:
    """A moderator's undo says by itself what it is; an author owes nobody a word."""
    return f"Version {version} taken back." if permissions.owe_reason(found) else ""


def _kind(type: str) -> str:
    """Acts of one kind take each other back: words, being there, the lock."""
    if type in WORDS:
        return "words"
    return "lock" if "ocked" in type else "presence"


_ALL = OPPOSITES.keys() | OF_COMMENTS.keys()

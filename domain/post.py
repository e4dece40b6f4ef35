"""Posts: what may be published, and what may happen to it afterwards. Commands, events, then the rules."""

from typing import ClassVar

from . import rights, text
from .contribution import Contribution, Seen
from .errors import Conflict, NotFound, Removed
from .ids import Id, is_id
from .messages import Command, Erasure, Event, Explained
from .reasons import PostReasonsErased
from .rights import Account


class NewPost(Command, frozen=True, kw_only=True):
    """source is where an imported post came from; such a post may stand on its title alone."""

    regenerated: ClassVar[tuple[str, ...]] = ("post",)
    post: str
    title: str
    body: str = ""
    url: str = ""
    source: str = ""

    def streams_read(self, _actor: str) -> tuple[str, ...]:
        return (stream(self.post),) if is_id(self.post) else ()


class EditPost(Command, frozen=True, kw_only=True):
    """version is the one that the editor saw; url None leaves the link as it is."""

    post: str
    version: Seen
    title: str
    body: str
    url: str | None = None
    reason: str = ""


class RemovePost(Command, frozen=True, kw_only=True):
    post: str
    reason: str = ""
    batch: str = ""


class RestorePost(Command, frozen=True, kw_only=True):
    post: str
    reason: str = ""
    batch: str = ""


class LockPost(Command, frozen=True, kw_only=True):
    post: str
    reason: str = ""


class UnlockPost(Command, frozen=True, kw_only=True):
    post: str
    reason: str = ""


class PinPost(Command, frozen=True, kw_only=True):
    post: str
    reason: str


class UnpinPost(Command, frozen=True, kw_only=True):
    post: str
    reason: str = ""


class ErasePost(Command, frozen=True, kw_only=True):
    """Takes every text this post ever had out of the store, for good."""

    post: str
    reason: str = ""


class PostPublished(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "PostPublished"
    erasable: ClassVar[tuple[str, ...]] = ("title", "body", "url", "source")
    post: Id
    author: Id
    title: str
    body: str
    url: str = ""
    source: str = ""


class PostExplained(Explained, frozen=True, kw_only=True):
    """What was done to a post, and why. batch: the bulk removal that it is a part of, "" for one alone."""

    schema: ClassVar[int] = 2
    post: Id


class PostEdited(PostExplained, frozen=True, kw_only=True):
    type: ClassVar[str] = "PostEdited"
    erasable: ClassVar[tuple[str, ...]] = ("title", "body", "url", "reason")
    title: str
    body: str
    url: str = ""


class PostRemoved(PostExplained, frozen=True, kw_only=True):
    type: ClassVar[str] = "PostRemoved"
    schema: ClassVar[int] = 3
    batch: Id = ""


class PostRestored(PostExplained, frozen=True, kw_only=True):
    type: ClassVar[str] = "PostRestored"
    schema: ClassVar[int] = 3
    batch: Id = ""


class PostLocked(PostExplained, frozen=True, kw_only=True):
    type: ClassVar[str] = "PostLocked"


class PostUnlocked(PostExplained, frozen=True, kw_only=True):
    type: ClassVar[str] = "PostUnlocked"


class PostPinned(PostExplained, frozen=True, kw_only=True):
    type: ClassVar[str] = "PostPinned"


class PostUnpinned(PostExplained, frozen=True, kw_only=True):
    type: ClassVar[str] = "PostUnpinned"


class PostErased(Erasure, frozen=True, kw_only=True):
    """Every text that it had is gone."""

    type: ClassVar[str] = "PostErased"
    schema: ClassVar[int] = 3
    erasable: ClassVar[tuple[str, ...]] = ("reason",)
    post: Id
    reason: str | None = ""


COMMANDS: tuple[type[Command], ...] = (
    NewPost, EditPost, LockPost, UnlockPost, RemovePost, RestorePost, PinPost, UnpinPost, ErasePost,
)  # fmt: skip
EVENTS: tuple[type[Event], ...] = (
    PostPublished, PostEdited, PostRemoved, PostRestored, PostLocked, PostUnlocked, PostPinned,
    PostUnpinned, PostErased, PostReasonsErased,
)  # fmt: skip


class Post(Contribution):
    title: str = ""
    body: str = ""
    url: str = ""
    locked: bool = False
    pinned: bool = False


def stream(post: str) -> str:
    return f"post-{post}"


def decide(post: Post, command: Command, by: Account) -> list[Event]:
    if isinstance(command, ErasePost) and post.exists:
        return _erase(post, command, by)
    rights.require_active(by)
    if isinstance(command, NewPost):
        return _publish(post, command, by)
    if not post.exists:
        raise NotFound("There is no such post.")
    match command:
        case EditPost():
            return _edit(post, command, by)
        case RemovePost():
            reason = rights.require_author_or_moderator(post.author, by, command.reason)
            return [] if post.removed else [PostRemoved(post=command.post, reason=reason, batch=command.batch)]
        case RestorePost():
            rights.require_remover_or_moderator(post.removed_by, post.author, by)
            reason = text.optional_reason(command.reason)
            return [PostRestored(post=command.post, reason=reason, batch=command.batch)] if post.removed else []
    return _moderate(post, command, by)


def _moderate(post: Post, command: Command, by: Account) -> list[Event]:
    if not isinstance(command, LockPost | UnlockPost | PinPost | UnpinPost):
        raise TypeError(f"{type(command).__name__} is no command of a post")
    rights.require_moderator(by)
    reason = text.optional_reason(command.reason)
    match command:
        case LockPost():
            return [] if post.locked else [PostLocked(post=command.post, reason=reason)]
        case UnlockPost():
            return [PostUnlocked(post=command.post, reason=reason)] if post.locked else []
        case PinPost():
            return [PostPinned(post=command.post, reason=text.required_reason(command.reason))]
        case UnpinPost():
            return [PostUnpinned(post=command.post, reason=reason)] if post.pinned else []


def _erase(post: Post, command: ErasePost, by: Account) -> list[Event]:
    reason = rights.require_admin_or_closed_author(post.author, by, command.reason)
    erased = post.erasable_for(reason)
    return [PostErased(post=command.post, erased=erased, reason=reason)] if erased else []


def _publish(post: Post, command: NewPost, by: Account) -> list[Event]:
    if post.exists:
        raise Conflict("This post is published already.")
    fields = text.Fields()
    source = fields.line("source", command.source, text.MAX_SOURCE_CHARS)
    title, body, url = text.post_texts(fields, command.title, command.body, command.url, title_alone=bool(source))
    return [PostPublished(post=command.post, author=by.id, title=title, body=body, url=url, source=source)]


def _edit(post: Post, command: EditPost, by: Account) -> list[Event]:
    reason = rights.require_author_or_moderator(post.author, by, command.reason)
    if post.removed:
        raise Removed("This post was removed. Restore it before you edit it.")
    url = post.url if command.url is None else command.url
    current = {"title": post.title, "body": post.body, "url": post.url}
    title, body, url = text.post_texts(
        text.Fields(), command.title, command.body, url, title_alone=not (post.body or post.url), stored_url=post.url
    )
    yours = {"title": title, "body": body, "url": url}
    if yours == current:
        return []
    post.require_current(command.version, current, yours)
    return [PostEdited(post=command.post, title=title, body=body, url=url, reason=reason)]


def evolve(post: Post, event: Event, actor: str) -> None:
    """Applies one event; the caller has raised post.version to the event's own."""
    match event:
        case PostPublished() | PostEdited():
            post.author = event.author if isinstance(event, PostPublished) else post.author
            post.title, post.body, post.url = event.title, event.body, event.url
            post.text_changed()
        case PostRemoved() | PostRestored():
            post.removed_by = actor if isinstance(event, PostRemoved) else ""
        case PostLocked() | PostUnlocked():
            post.locked = isinstance(event, PostLocked)
        case PostPinned() | PostUnpinned():
            post.pinned = isinstance(event, PostPinned)
        case PostErased():
            post.title = post.body = post.url = ""
            post.text_erased(event.erased, event.reason, actor)
        case PostReasonsErased():
            post.reasons_erased(event.erased)
    if isinstance(event, PostExplained) and not isinstance(event, PostEdited):
        post.reason_given(event.reason, actor)

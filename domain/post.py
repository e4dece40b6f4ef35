"""Posts: the rules of what may be published, and what may happen to it afterwards."""

from typing import ClassVar

import msgspec

from . import rights, text
from .account import Account
from .errors import Conflict, NotFound, Removed, StaleEdit
from .ids import is_id
from .messages import Command, Erasure, Event
from .versions import Versions


class NewPost(Command, frozen=True, kw_only=True):
    """source is where an imported post came from; such a post may stand on its title alone."""

    fresh: ClassVar[tuple[str, ...]] = ("post",)
    post: str
    title: str
    body: str = ""
    url: str = ""
    source: str = ""

    def touches(self, _actor: str) -> tuple[str, ...]:
        return (stream(self.post),) if is_id(self.post) else ()


class EditPost(Command, frozen=True, kw_only=True):
    """version is the one that the editor saw; url None leaves the link as it is."""

    post: str
    version: int
    title: str
    body: str
    url: str | None = None
    reason: str = ""


class RemovePost(Command, frozen=True, kw_only=True):
    post: str
    reason: str = ""


class RestorePost(Command, frozen=True, kw_only=True):
    post: str
    reason: str = ""


class LockPost(Command, frozen=True, kw_only=True):
    post: str
    reason: str = ""


class UnlockPost(Command, frozen=True, kw_only=True):
    post: str
    reason: str = ""


class ErasePost(Command, frozen=True, kw_only=True):
    """Takes every text this post ever had out of the store, for good."""

    post: str
    reason: str


class PostPublished(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "PostPublished"
    erasable: ClassVar[tuple[str, ...]] = ("title", "body", "url")
    post: str
    author: str
    title: str
    body: str
    url: str = ""
    source: str = ""


class PostEdited(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "PostEdited"
    erasable: ClassVar[tuple[str, ...]] = ("title", "body", "url")
    post: str
    title: str
    body: str
    url: str = ""


class PostRemoved(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "PostRemoved"
    post: str


class PostRestored(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "PostRestored"
    post: str


class PostLocked(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "PostLocked"
    post: str


class PostUnlocked(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "PostUnlocked"
    post: str


class PostErased(Erasure, frozen=True, kw_only=True):
    """Every text that it had is gone."""

    type: ClassVar[str] = "PostErased"
    post: str


EVENTS: tuple[type[Event], ...] = (
    PostPublished,
    PostEdited,
    PostRemoved,
    PostRestored,
    PostLocked,
    PostUnlocked,
    PostErased,
)


class Post(msgspec.Struct):
    """version 0 means that there is no such post. text_version is the one that brought (or erased) today's text."""

    version: int = 0
    author: str = ""
    title: str = ""
    body: str = ""
    url: str = ""
    text_version: int = 0
    words: Versions = Versions()
    removed_by: str = ""
    locked: bool = False

    @property
    def exists(self) -> bool:
        return self.version > 0

    @property
    def removed(self) -> bool:
        return self.removed_by != ""


def stream(post: str) -> str:
    return f"post-{post}"


def decide(post: Post, command: Command, by: Account) -> list[Event]:
    rights.standing(by)
    if isinstance(command, NewPost):
        return _publish(post, command, by)
    if not post.exists:
        raise NotFound("There is no such post.")
    match command:
        case EditPost():
            return _edit(post, command, by)
        case RemovePost():
            rights.author_or_moderator(post.author, by, command.reason)
            return [] if post.removed else [PostRemoved(post=command.post)]
        case RestorePost():
            if not post.removed:
                rights.author_or_moderator(post.author, by, command.reason or "restore")
                return []
            rights.restorer(post.removed_by, post.author, by, command.reason)
            return [PostRestored(post=command.post)]
        case LockPost():
            rights.moderator(by, command.reason)
            return [] if post.locked else [PostLocked(post=command.post)]
        case UnlockPost():
            rights.moderator(by, command.reason)
            return [PostUnlocked(post=command.post)] if post.locked else []
        case ErasePost():
            rights.admin(by, command.reason)
            return [PostErased(post=command.post, erased=tuple(post.words))] if post.words else []
    raise TypeError(f"{type(command).__name__} is no command of a post")


def _publish(post: Post, command: NewPost, by: Account) -> list[Event]:
    if post.exists:
        raise Conflict("This post is published already.")
    fields = text.Fields()
    source = fields.line("source", command.source, text.SOURCE)
    title, body, url = _words(fields, command.title, command.body, command.url, alone=bool(source))
    return [PostPublished(post=command.post, author=by.handle, title=title, body=body, url=url, source=source)]


def _edit(post: Post, command: EditPost, by: Account) -> list[Event]:
    rights.author_or_moderator(post.author, by, command.reason)
    if post.removed:
        raise Removed("This post was removed. Restore it before you edit it.")
    url = post.url if command.url is None else command.url
    alone = not post.body and not post.url
    title, body, url = _words(text.Fields(), command.title, command.body, url, alone=alone)
    if (title, body, url) == (post.title, post.body, post.url):
        return []
    if not post.text_version <= command.version <= post.version:
        raise StaleEdit(
            version=post.version,
            current={"title": post.title, "body": post.body, "url": post.url},
            yours={"title": title, "body": body, "url": url},
        )
    return [PostEdited(post=command.post, title=title, body=body, url=url)]


def _words(fields: text.Fields, title: str, body: str, url: str, *, alone: bool) -> tuple[str, str, str]:
    """The three texts of a post, tidied. alone: a title without body and link will do."""
    title = fields.required("title", fields.line("title", title, text.TITLE))
    body = fields.block("body", body, text.BODY)
    url = fields.link("url", url)
    if not url and not alone:
        fields.required("body", body)
    fields.check()
    return title, body, url


def evolve(post: Post, event: Event, actor: str) -> None:
    """Takes in one event; the caller has raised post.version to the event's own."""
    match event:
        case PostPublished():
            post.author = event.author
            _take_text(post, event)
        case PostEdited():
            _take_text(post, event)
        case PostRemoved():
            post.removed_by = actor
        case PostRestored():
            post.removed_by = ""
        case PostLocked():
            post.locked = True
        case PostUnlocked():
            post.locked = False
        case PostErased():
            post.title = post.body = post.url = ""
            post.text_version = post.version
            post.words = post.words.without(event.erased)


def _take_text(post: Post, event: PostPublished | PostEdited) -> None:
    post.title, post.body, post.url = event.title, event.body, event.url
    post.text_version = post.version
    post.words = post.words.plus(post.version)

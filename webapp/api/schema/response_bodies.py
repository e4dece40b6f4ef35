"""Response types: they describe the bodies of answers. Where the read model has a view of the same fields, that is what
is encoded; a test holds the two together."""

from typing import Any, Generic, TypeVar

import msgspec

from operational.takeouts import State
from readmodel.comments import CommentView
from readmodel.posts import PostView
from readmodel.tokens import TokenView

from . import fields

Item = TypeVar("Item")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The body of an answer."""


class Accepted(Answer, frozen=True, kw_only=True):
    """What was changed, and its version now."""

    id: str
    version: fields.Version


class Registered(Answer, frozen=True, kw_only=True):
    id: str
    version: fields.Version
    handle: str


class Liking(Answer, frozen=True, kw_only=True):
    """id of what is liked. version counts your own likes and unlikes of it; its ETag stays as it is."""

    id: str
    version: fields.Count
    liked: bool


class Token(Answer, frozen=True, kw_only=True):
    """token goes into `Authorization: Bearer …`. It is shown here and never again."""

    token: str
    id: fields.Id
    handle: str
    scopes: tuple[str, ...]
    expires_at: fields.Moment


class OwnToken(Answer, frozen=True, kw_only=True):
    id: fields.Id
    label: str
    scopes: tuple[str, ...]
    issued_at: fields.Moment
    expires_at: fields.Moment
    last_used_at: fields.Moment | None


class Post(PostView, frozen=True, kw_only=True):
    """likes and comments are counts; liked tells whether the token's account likes it; text_version is the version
    that brought today's words. The view itself goes out; this says what is in its fields."""

    id: fields.Id
    likes: fields.Count
    comments: fields.Count
    version: fields.Version
    text_version: fields.Version
    created_at: fields.Moment
    edited_at: fields.Moment | None


class Comment(CommentView, frozen=True, kw_only=True):
    """A removed one stays, with an empty body. depth 0 is a reply to the post; root is the top comment of the branch;
    text_version is the version that brought today's words."""

    id: fields.Id
    post: fields.Id
    parent: fields.Id | None
    root: fields.Id
    depth: fields.Count
    likes: fields.Count
    version: fields.Version
    text_version: fields.Version
    created_at: fields.Moment
    edited_at: fields.Moment | None


class Account(Answer, frozen=True, kw_only=True):
    """posts and comments count what isn't removed. suspended_until: null where a suspension has no end."""

    handle: str
    name: str
    bio: str
    roles: tuple[str, ...]
    suspended: bool
    suspended_reason: str | None
    suspended_until: fields.Moment | None
    posts: fields.Count
    comments: fields.Count
    version: fields.Version
    joined_at: fields.Moment


class Step(Answer, frozen=True, kw_only=True):
    """One event. title, body and url are null where it brought no words; erased: they are gone for good."""

    stream: str
    version: fields.Version
    type: str
    actor: str
    at: fields.Moment
    reason: str | None
    title: str | None
    body: str | None
    url: str | None
    erased: bool
    detail: dict[str, Any]


class Tag(Answer, frozen=True, kw_only=True):
    tag: str
    posts: fields.Count


class Takeout(Answer, frozen=True, kw_only=True):
    """done of total posts and comments are in it so far; total is 0 until they are counted. problem: space where there
    is no room for it, error where it failed for anything else. expires_at: when it is deleted."""

    id: fields.Id
    state: State
    problem: str | None
    done: fields.Count
    total: fields.Count
    requested_at: fields.Moment
    ended_at: fields.Moment | None
    expires_at: fields.Moment | None


class Page(Answer, Generic[Item], frozen=True, kw_only=True):
    """next goes into `after` for the page that follows; null on the last one."""

    items: list[Item]
    next: str | None


def tombstone(view: CommentView) -> CommentView:
    """Without its words, and why they were changed, where it is removed."""
    return msgspec.structs.replace(view, body="", edit_reason=None) if view.removed else view


def own_token(view: TokenView, used_at: str | None) -> OwnToken:
    return OwnToken(
        id=view.id,
        label=view.label,
        scopes=view.scopes,
        issued_at=view.issued_at,
        expires_at=view.expires_at,
        last_used_at=used_at,
    )

"""What queries answer with. These are the shapes that pages and the API show."""

from typing import Any, Generic, TypeVar

import msgspec

Item = TypeVar("Item")

Key = tuple[str | int, ...]
"""Where a page ended: the sort values of its last row. Opaque to everyone but the query it came from."""


class Page(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """items, and where the next page starts; next is None on the last one."""

    items: list[Item]
    next: Key | None


class PostView(msgspec.Struct, frozen=True, kw_only=True):
    """likes and comments are counts; liked tells whether the viewer likes it; times are ISO 8601 UTC text.

    text_version is the version that brought today's words; edited_by and edit_reason say who changed them last and,
    for a moderator, why. A removed post keeps its words here: who may see them is for the page to decide.
    """

    id: str
    author: str
    title: str
    body: str
    url: str
    tags: tuple[str, ...]
    likes: int
    comments: int
    liked: bool
    locked: bool
    version: int
    text_version: int
    created_at: str
    edited_at: str | None
    edited_by: str | None
    edit_reason: str | None
    removed: bool
    removed_by: str | None
    removed_reason: str | None


class CommentView(msgspec.Struct, frozen=True, kw_only=True):
    """root is the top comment of the branch, depth 0 a reply to the post. A removed one keeps its words here."""

    id: str
    post: str
    parent: str | None
    root: str
    depth: int
    author: str
    body: str
    likes: int
    liked: bool
    version: int
    text_version: int
    created_at: str
    edited_at: str | None
    edited_by: str | None
    edit_reason: str | None
    removed: bool
    removed_by: str | None
    removed_reason: str | None


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """posts and comments count what is not removed; roles are sorted."""

    handle: str
    name: str
    bio: str
    roles: tuple[str, ...]
    suspended: bool
    suspended_reason: str | None
    posts: int
    comments: int
    version: int
    joined_at: str


class HistoryItem(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a post, comment or account. title, body and url are None where it brought no words."""

    stream: str
    version: int
    type: str
    actor: str
    at: str
    reason: str | None
    title: str | None
    body: str | None
    url: str | None
    erased: bool
    detail: dict[str, Any]
    """Fields of the event that are neither words nor ids, such as {"role": "moderator"}."""

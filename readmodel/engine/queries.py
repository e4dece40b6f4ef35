"""Queries of pages and the API, as messages; each is answered by one function in a read model's file.

`after` is the `next` of the page before. `limit` is 1 to 100.
"""

from typing import ClassVar, Literal

import msgspec

from .views import Key

Sort = Literal["new", "top", "discussed"]


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A question; asking changes nothing. people: the fields that say who, by handle as typed or by account id."""

    people: ClassVar[tuple[str, ...]] = ()


class LikeableQuery(Query, frozen=True, kw_only=True):
    """A question for posts or comments, whose answer says in `liked` which of them the viewer likes.

    viewer: the account id of who looks, None for a stranger. It hides nothing, and changes nothing else.
    """

    viewer: str | None = None


class FindPosts(LikeableQuery, frozen=True, kw_only=True):
    """Page[PostView]. All posts, or by author, by tag, with comments, with at least min_likes likes.

    removed: leave removed posts out (False), or show only those (True).
    """

    people: ClassVar[tuple[str, ...]] = ("author",)
    sort: Sort = "new"
    author: str | None = None
    tag: str | None = None
    has: Literal["comments", "likes"] | None = None
    min_likes: int = 0
    removed: bool = False
    after: Key | None = None
    limit: int = 30


class PostById(LikeableQuery, frozen=True, kw_only=True):
    """PostView, also of a removed post; None where there is none."""

    post: str


class ThreadOf(LikeableQuery, frozen=True, kw_only=True):
    """Page[CommentView] in reading order: each top comment, oldest first, followed by its branch depth first.

    limit counts top comments. A page holds whole branches; a branch that is too long for one goes on over several.
    """

    post: str
    after: Key | None = None
    limit: int = 50


class CommentsOf(LikeableQuery, frozen=True, kw_only=True):
    """Page[CommentView] of a post, flat, oldest first."""

    post: str
    after: Key | None = None
    limit: int = 50


class CommentById(LikeableQuery, frozen=True, kw_only=True):
    """CommentView, also of a removed comment; None where there is none."""

    comment: str


class CommentsBy(LikeableQuery, frozen=True, kw_only=True):
    """Page[CommentView] of an author, newest first, without removed ones and those in removed threads."""

    people: ClassVar[tuple[str, ...]] = ("author",)
    author: str
    after: Key | None = None
    limit: int = 30


class RemovedComments(Query, frozen=True, kw_only=True):
    """Page[CommentView] of removed comments, newest first."""

    after: Key | None = None
    limit: int = 30


class HistoryOf(Query, frozen=True, kw_only=True):
    """list[HistoryItem] of one stream ("post-<id>", "comment-<id>"), oldest first; at most limit of the newest."""

    stream: str
    limit: int = 500


class HistoryAfter(Query, frozen=True, kw_only=True):
    """Page[HistoryItem] of one stream, oldest first."""

    stream: str
    after: Key | None = None
    limit: int = 100


class Moderations(Query, frozen=True, kw_only=True):
    """Page[HistoryItem], newest first: what moderators and admins did to others' things and accounts, and why."""

    after: Key | None = None
    limit: int = 50


class AccountByHandle(Query, frozen=True, kw_only=True):
    """AccountView; None where there is none. handle: as typed, or the account's id."""

    people: ClassVar[tuple[str, ...]] = ("handle",)
    handle: str


class FormerHandle(Query, frozen=True, kw_only=True):
    """str: what an account is called today that was called so less than a year before now; None where none was."""

    handle: str
    now: str


class PopularTags(Query, frozen=True, kw_only=True):
    """list[tuple[tag, posts]], most used first."""

    limit: int = 20

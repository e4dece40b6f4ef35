"""Atom feeds: of all posts, a tag, an author, a thread (RFC 4287). Ids stay when the site moves; texts come whole."""

import re
from urllib.parse import quote

import msgspec
from flask import Blueprint, Response, make_response, redirect, render_template, url_for
from markupsafe import Markup

from domain.errors import NotFound
from domain.text import handle_key
from prose.names import is_tag_filter, tag_key
from readmodel.comments import CommentView
from readmodel.engine.queries import FindPosts
from readmodel.newest import NewestComments
from readmodel.posts import PostView
from webapp.pages import rendered, threads
from webapp.server import htmx, page_cache, urls
from webapp.site import handles
from webapp.site.database import ask

bp = Blueprint("atom", __name__)

EPOCH = "1970-01-01T00:00:00Z"
"""When a feed without entries was updated."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """path starts with a slash; content is HTML, "" for a post that is its title; times are ISO 8601 UTC."""

    id: str
    title: str
    path: str
    author: str
    content: str
    published: str
    updated: str
    tags: tuple[str, ...] = ()


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """path is the page that the feed is about, self_path where it is itself."""

    id: str
    title: str
    path: str
    self_path: str
    entries: list[Entry]

    @property
    def updated(self) -> str:
        return max((entry.updated for entry in self.entries), default=EPOCH)


@bp.get("/feed.atom")
@page_cache.public()
def everything() -> Response:
    return respond(
        Feed(
            id="urn:verbatim:posts",
            title="Verbatim",
            path="/",
            self_path="/feed.atom",
            entries=_entries_of(FindPosts()),
        )
    )


@bp.get("/tags/<tag>.atom")
@page_cache.public()
def of_tag(tag: str) -> Response:
    key = tag_key(tag)
    if not is_tag_filter(key):
        raise NotFound("There can't be a tag like that.")
    return respond(
        Feed(
            id=f"urn:verbatim:tag:{quote(key)}",
            title=f"#{key} · Verbatim",
            path=f"/?tag={quote(key)}",
            self_path=f"/tags/{quote(key)}.atom",
            entries=_entries_of(FindPosts(tag=key)),
        )
    )


@bp.get("/@<handle>.atom")
@page_cache.public()
def of_author(handle: str) -> Response:
    key = handle_key(handle)
    if handles.holder(key) is None:
        return make_response(redirect(url_for(".of_author", handle=handles.today(key))))
    return respond(
        Feed(
            id=f"urn:verbatim:author:{key}",
            title=f"Posts by {key} · Verbatim",
            path=f"/@{key}",
            self_path=f"/@{key}.atom",
            entries=_entries_of(FindPosts(author=key)),
        )
    )


@bp.get("/posts/<id:post>.atom")
@page_cache.public()
def of_thread(post: str) -> Response:
    return respond(_thread(threads.post(post)))


def _thread(post: PostView) -> Feed:
    comments = ask(NewestComments(post=post.id))
    return Feed(
        id=f"urn:verbatim:thread:{post.id}",
        title=f"{post.title or 'Erased'} · Verbatim",
        path=f"/posts/{post.id}",
        self_path=f"/posts/{post.id}.atom",
        entries=[*(_comment(comment, post) for comment in comments), _post(post)],
    )


def _entries_of(query: FindPosts) -> list[Entry]:
    return [_post(post) for post in ask(query).items]


def _post(post: PostView) -> Entry:
    link = Markup('<p><a href="%s">%s</a></p>') % (post.url, post.url) if post.url else Markup()
    return Entry(
        id=f"urn:uuid:{post.id}",
        title=post.title or "Erased",
        path=f"/posts/{post.id}",
        author=post.author,
        content=link + rendered.body(post.body),
        published=post.created_at,
        updated=post.edited_at or post.created_at,
        tags=post.tags,
    )


def _comment(comment: CommentView, post: PostView) -> Entry:
    return Entry(
        id=f"urn:uuid:{comment.id}",
        title=f"{comment.author} on {post.title or 'an erased post'}",
        path=f"/comments/{comment.id}",
        author=comment.author,
        content=rendered.body(comment.body),
        published=comment.created_at,
        updated=comment.edited_at or comment.created_at,
    )


def respond(feed: Feed) -> Response:
    """Private, until page_cache says that it is everybody's."""
    response = make_response(_xml(feed, urls.base()))
    response.mimetype = "application/atom+xml"
    response.headers["Cache-Control"], response.headers["Vary"] = "private, no-cache", htmx.VARY_HEADERS
    return response


def _xml(feed: Feed, base: str) -> Markup:
    """The feed as XML. A few characters that people may write have no place in it, not even escaped."""
    return Markup(_NOT_XML.sub("\ufffd", render_template("atom/feed.xml", feed=feed, base=base)))

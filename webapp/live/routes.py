"""Live pages: a server-sent event says that something changed, and the page fetches the part again and morphs into it.

An event carries what changed and its version, never text: that comes by a request of the reader, under their rights.
"""

import re
import select
import socket
import time
from collections.abc import Iterator
from typing import Any, cast

import msgspec
from flask import Blueprint, Flask, Response, current_app, make_response, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import BadRequest

from domain.ids import is_id
from domain.text import handle_key
from prose.names import tag_key
from readmodel.engine.queries import CommentById, FindPosts, PostById
from readmodel.feed import MAX_PINNED
from readmodel.posts import PostView
from readmodel.threads import MAX_COMMENTS
from webapp.pages import threads
from webapp.server import htmx
from webapp.site import i18n
from webapp.site.auth import Person, person, viewer
from webapp.site.database import ask
from webapp.site.site import WebProcess

from . import page_version
from .watcher import FEED, Reader, Watch, Watcher

bp = Blueprint("live", __name__)

HEARTBEAT_INTERVAL_S = 15.0
"""A client that is gone without a word shows at the second heartbeat."""
HANGUP_CHECK_INTERVAL_S = 1.0
"""How often a stream checks whether its client has hung up: whoever goes from page to page leaves one behind each."""
MAX_STREAM_S = 300.0
MIN_EVENT_SPACING_S = 0.4
"""A stream sends no more than one event in this time, so a page fetches its part no oftener."""
MAX_FURTHER_PAGES = 4
"""Further pages of a thread that a live page may hold; one that holds more keeps up no longer."""
MAX_OWN_COMMENTS = 20
"""The reader's own comments beyond those pages that a live page may hold."""
MAX_NEW_POSTS = 30
_FINGERPRINT = re.compile(r"[0-9a-f]{16}\Z")


@bp.record_once
def start(state: BlueprintSetupState) -> None:
    app = cast(Flask, state.app)
    app.extensions["watcher"] = _watcher(app.extensions["verbatim"])
    app.jinja_env.globals.update(newest_post=page_version.newest_post)


def _watcher(process: WebProcess) -> Watcher:
    """At most half of the threads may be streams; the rest stay for requests."""
    return Watcher(
        site=lambda: process.site,
        stopping=lambda: process.stopping(),
        max_streams=lambda: process.threads // 2,
    )


@bp.get("/live/posts/<id:post>")
def of_thread(post: str) -> Response:
    threads.post(post)
    return _stream(post, "thread")


@bp.get("/live/feed")
def of_feed() -> Response:
    return _stream(FEED, "feed")


@bp.get("/posts/<id:post>/thread")
def thread(post: str) -> Response:
    """The post and as much of its thread as the page holds, for the page to morph into."""
    if not htmx.sent():
        return make_response(redirect(url_for("posts.show", post=post)))
    pages = len(request.args.getlist("more"))
    if pages > MAX_FURTHER_PAGES:
        return make_response("", 204)
    page = _with_own(_with_more(threads.page(threads.post(post)), pages), request.args.getlist("own"))
    if htmx.matches_etag(found := page_version.version(page)):
        return htmx.not_modified(found)
    return htmx.with_etag(found, htmx.part("live/_thread.html", refreshing=True, further=pages, **page))


@bp.get("/live/new")
def new_posts() -> Response:
    """How many posts came after the newest one of the page, as a link."""
    since, tag, author = request.args.get("since", ""), _key("tag"), _key("author")
    if since and not is_id(since):
        raise BadRequest("There is no such post.")
    count = _count_newer(since, tag, author)
    if htmx.matches_etag(found := i18n.with_language(count)):
        return htmx.not_modified(found)
    href = url_for("feed.index", tag=tag or None, author=author or None)
    return htmx.with_etag(found, htmx.part("live/_new_posts.html", count=count, most=MAX_NEW_POSTS, href=href))


def _with_more(page: dict[str, Any], pages: int) -> dict[str, Any]:
    """The page's context with the further pages of the thread that the reader has loaded."""
    post: PostView = page["post"]
    for _ in range(pages):
        if not page["next"]:
            break
        more = threads.read(post.id, page["next"])
        page = page | {
            "branches": page["branches"] + threads.tree(more.items),
            "answered": page["answered"] | threads.answered(more.items),
            **threads.onward(post.id, more),
        }
    return page


def _with_own(page: dict[str, Any], ids: list[str]) -> dict[str, Any]:
    """The page's context with the reader's own new comments, which belong beyond the pages that are loaded.

    Of those that answer a comment, each stands below it, if that is on the page.
    """
    shown = {branch.comment.id: branch for top in page["branches"] for branch in threads.walk(top)}
    wanted = [id for id in dict.fromkeys(ids) if is_id(id) and id not in shown] if page["next"] else []
    own: list[threads.Branch] = []
    placed: list[str] = []
    for id in wanted[:MAX_OWN_COMMENTS]:
        found = ask(CommentById(comment=id, viewer=viewer()))
        if found and found.parent in shown:
            shown[found.parent].replies.append(threads.Branch(found, []))
            placed.append(id)
        elif sum(1 + branch.below for branch in own) < MAX_COMMENTS:
            own += (branch := threads.branch(page["post"].id, id))
            placed += [top.comment.id for top in branch]
    return page | {"own": own, "own_ids": placed} if placed else page


def _count_newer(since: str, tag: str, author: str) -> int:
    """How many posts are newer, MAX_NEW_POSTS at most. MAX_PINNED more are asked for: pinned ones come first."""
    last: PostView | None = ask(PostById(post=since)) if since else None
    if since and last is None:
        return 0
    edge = (last.created_at, last.id) if last else ("", "")
    found = ask(FindPosts(tag=tag or None, author=author or None, limit=MAX_NEW_POSTS + MAX_PINNED))
    return min(MAX_NEW_POSTS, sum((post.created_at, post.id) > edge for post in found.items))


def _key(name: str) -> str:
    typed = request.args.get(name, "")
    key = tag_key(typed) if name == "tag" else handle_key(typed)
    if len(key) > 100 or not key.isprintable():
        raise BadRequest("There can't be a list like that.")
    return key


def _stream(topic: str, what: str) -> Response:
    """The event stream of a topic. It holds nothing of the request, and no connection to a database, while it runs."""
    watcher: Watcher = current_app.extensions["watcher"]
    again = request.headers.get("Last-Event-ID", "")
    since = again or request.args.get("since", "")
    watch = watcher.open(topic, since if _FINGERPRINT.match(since) else "", _reader())
    if watch is None:
        return _refuse_stream(again)
    line = request.environ.get("gunicorn.socket")
    response = Response(_events(watcher, watch, what, line), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    # Not in a finally of the generator: one that never started doesn't run it.
    response.call_on_close(lambda: watcher.close(watch))
    return response


def _reader() -> Reader | None:
    who = person()
    return Reader(who.account, who.handle, who.token, who.is_suspended) if isinstance(who, Person) else None


def _refuse_stream(again: str) -> Response:
    """Refuses a stream beyond the limit: the first time with 204, and the page polls by ETag; a reconnect with 503."""
    response = make_response("", 503 if again else 204)
    response.headers["Cache-Control"] = "no-store"
    if again:
        response.headers["Retry-After"] = "60"
    return response


def _events(watcher: Watcher, watch: Watch, what: str, line: socket.socket | None) -> Iterator[str]:
    now = time.monotonic()
    until, beat = now + MAX_STREAM_S, now + HEARTBEAT_INTERVAL_S
    yield f"id: {watch.fingerprint}\n\n"
    while not watcher.stopping() and (now := time.monotonic()) < until:
        changed = watch.wait(max(0.0, min(HANGUP_CHECK_INTERVAL_S, until - now, beat - now)))
        if watcher.stopping() or watch.is_over or has_hung_up(line):
            return
        if not changed:
            if time.monotonic() >= beat:
                beat += HEARTBEAT_INTERVAL_S
                yield ": still here\n\n"
            continue
        if watch.fingerprint != watch.told:
            watch.told = watch.fingerprint
            news = msgspec.json.encode({"what": what, "version": watch.told}).decode()
            yield f"event: changed\nid: {watch.told}\ndata: {news}\n\n"
        if watch.inbox_fingerprint != watch.inbox_told:
            watch.inbox_told = watch.inbox_fingerprint
            yield "event: notified\ndata: {}\n\n"
        time.sleep(MIN_EVENT_SPACING_S)


def has_hung_up(line: socket.socket | None) -> bool:
    """Whether the client has closed its connection; False where the server can't say (TLS ends here, or no server).

    It is asked first whether there is anything to read: gunicorn's sockets have a time limit, and recv would wait.
    """
    if line is None:
        return False
    try:
        poll = select.poll()
        poll.register(line, select.POLLIN)
        return bool(poll.poll(0)) and line.recv(1, socket.MSG_PEEK) == b""
    except ValueError:
        return False
    except OSError:
        return True

"""Pages that keep up: a stream says that something changed, and the page fetches the part again and morphs into it.

A stream carries what and which version, never words: these come by a request of the reader's own, under their rights.
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
from readmodel.engine.queries import FindPosts, PostById, ThreadOf
from readmodel.feed import MAX_PINNED
from readmodel.posts import PostView
from webapp.pages import threads
from webapp.server import cursors, htmx
from webapp.site import i18n
from webapp.site.auth import viewer
from webapp.site.database import ask
from webapp.site.site import WebProcess

from . import page_version
from .watcher import FEED, Watch, Watcher

bp = Blueprint("live", __name__)

HEARTBEAT_INTERVAL_S = 15.0
"""A client that is gone without a word shows at the second heartbeat."""
HANGUP_CHECK_INTERVAL_S = 1.0
"""How often it is looked whether a client has hung up: whoever goes from page to page leaves a stream behind each."""
MAX_STREAM_S = 300.0
MIN_EVENT_SPACING_S = 0.4
"""However much happens, a page fetches its part no oftener."""
PAGES = 10
"""Further pages of one thread that a page may hold and still keep up."""
OWN = 20
"""Comments of its reader's beyond those pages that it may hold."""
COUNTED = 30
_FINGERPRINT = re.compile(r"[0-9a-f]{16}\Z")


@bp.record_once
def start(state: BlueprintSetupState) -> None:
    app = cast(Flask, state.app)
    app.extensions["watcher"] = _watcher(app.extensions["verbatim"])
    app.jinja_env.globals.update(newest_post=page_version.newest_post)


def _watcher(process: WebProcess) -> Watcher:
    """At most half of the threads may be streams; the rest stay for requests."""
    return Watcher(
        live=lambda: process.site.live,
        stopping=lambda: process.stopping(),
        most=lambda: process.threads // 2,
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
    """The post and so much of its thread as the page holds, for a page that morphs into it."""
    if not htmx.sent():
        return make_response(redirect(url_for("posts.show", post=post)))
    pages = len(request.args.getlist("more"))
    if pages > PAGES:
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
    count = _newer(since, tag, author)
    if htmx.matches_etag(found := i18n.tagged(count)):
        return htmx.not_modified(found)
    href = url_for("feed.index", tag=tag or None, author=author or None)
    return htmx.with_etag(found, htmx.part("live/_new_posts.html", count=count, most=COUNTED, href=href))


def _with_more(page: dict[str, Any], pages: int) -> dict[str, Any]:
    """The page with what a reader has added to it by asking for more of the thread."""
    post: PostView = page["post"]
    listing = f"thread:{post.id}"
    for _ in range(pages):
        if not page["next"]:
            break
        more = ask(ThreadOf(post=post.id, viewer=viewer(), after=cursors.read(listing, page["next"])))
        branches = page["branches"] + threads.tree(more.items)
        page = page | {"branches": branches, "next": cursors.write(listing, more.next)}
    return page


def _with_own(page: dict[str, Any], ids: list[str]) -> dict[str, Any]:
    """The page with what its reader has said at the end of a thread that goes on."""
    shown = {branch.comment.id for branch in page["branches"]}
    wanted = [id for id in dict.fromkeys(ids) if is_id(id) and id not in shown] if page["next"] else []
    own = [branch for id in wanted[:OWN] for branch in threads.branch(page["post"].id, id)]
    return page | {"own": own} if own else page


def _newer(since: str, tag: str, author: str) -> int:
    """At most COUNTED. As many more are asked for as stand on top for another reason than that they are new."""
    last: PostView | None = ask(PostById(post=since)) if since else None
    if since and last is None:
        return 0
    edge = (last.created_at, last.id) if last else ("", "")
    found = ask(FindPosts(tag=tag or None, author=author or None, limit=COUNTED + MAX_PINNED))
    return min(COUNTED, sum((post.created_at, post.id) > edge for post in found.items))


def _key(name: str) -> str:
    typed = request.args.get(name, "")
    key = tag_key(typed) if name == "tag" else handle_key(typed)
    if len(key) > 100 or not key.isprintable():
        raise BadRequest("There can't be a list like that.")
    return key


def _stream(topic: str, what: str) -> Response:
    """Nothing of the request, and no connection to a database, is held while it runs."""
    watcher: Watcher = current_app.extensions["watcher"]
    again = request.headers.get("Last-Event-ID", "")
    since = again or request.args.get("since", "")
    watch = watcher.open(topic, since if _FINGERPRINT.match(since) else "")
    if watch is None:
        return _full(again)
    line = request.environ.get("gunicorn.socket")
    response = Response(_events(watcher, watch, what, line), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    # Not in a finally of the generator: one that never started doesn't run it.
    response.call_on_close(lambda: watcher.close(watch))
    return response


def _full(again: str) -> Response:
    """At the first try nothing, and the page asks by ETag; a stream that comes again waits longer at each 503."""
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
        told = watch.wait(max(0.0, min(HANGUP_CHECK_INTERVAL_S, until - now, beat - now)))
        if watcher.stopping() or has_hung_up(line):
            return
        if not told:
            if time.monotonic() >= beat:
                beat += HEARTBEAT_INTERVAL_S
                yield ": still here\n\n"
            continue
        news = msgspec.json.encode({"what": what, "version": watch.fingerprint}).decode()
        yield f"event: changed\nid: {watch.fingerprint}\ndata: {news}\n\n"
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

"""Answers strangers from memory, in front of Flask: whole pages, each as long as the read model would give it again.

docs/decisions/0054-strangers-get-their-pages-from-memory.md says why it is true and why it is quick.
"""

import hashlib
import time
from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import flask_login
from flask import Flask, Response, current_app, g, request, session
from sqlalchemy.exc import SQLAlchemyError

from readmodel.generations.errors import NoGeneration
from webapp.server import htmx, logs, metrics, rate_limits
from webapp.site import auth, commands, database, i18n
from webapp.site.page_reads import PageReads
from webapp.site.site import Live

from .cached_page import CACHE_CONTROL, CachedPage, Headers
from .page_store import PageStore

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

READS = "verbatim.page_reads"
"""Where the WSGI environment carries the reads of a page that may be kept."""
METHODS = frozenset({"GET", "HEAD"})

View = TypeVar("View", bound=Callable[..., Any])


def public(*parameters: str) -> Callable[[View], View]:
    """For views whose pages are the same for every stranger. parameters: what such a page's query may hold.

    An address with any other is answered and not kept, so that nobody fills the cache with names for one page.
    """

    def mark(view: View) -> View:
        view.public_parameters = frozenset(parameters)  # type: ignore[attr-defined]
        return view

    return mark


def init_app(app: Flask) -> None:
    """Comes after compression is set up, whose hook leaves alone what has an ETag."""
    app.before_request(_record_reads)
    app.after_request(_publish)
    app.extensions["page_cache"] = cache = PageCache(app)
    app.wsgi_app = cache  # type: ignore[method-assign]


def _record_reads() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    parameters: frozenset[str] | None = getattr(view, "public_parameters", None)
    if parameters is None or (reads := request.environ.get(READS)) is None:
        return
    if all(name in parameters and len(values) == 1 for name, values in request.args.lists()):
        g.page_reads = reads


def _publish(response: Response) -> Response:
    """Hands the page over to be kept, where everybody may have it; its ETag and caching say so."""
    reads: PageReads | None = g.get("page_reads")
    if reads is None or not _is_for_everybody(response):
        return response
    reads.endpoint, reads.content_type, reads.body = request.endpoint or "", response.content_type, response.get_data()
    reads.etag = hashlib.blake2b(reads.body, digest_size=12).hexdigest()
    response.set_etag(reads.etag, weak=True)
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.make_conditional(request)
    return response


def _is_for_everybody(response: Response) -> bool:
    return (
        response.status_code == 200
        and not session.modified
        and "Set-Cookie" not in response.headers
        and auth.viewer() is None
        and not database.outdated()
    )


class PageCache:
    """The WSGI layer around one application of pages."""

    def __init__(self, app: Flask) -> None:
        self._app: WSGIApplication = app.wsgi_app
        self._extensions = app.extensions
        self._own_cookies = app.config["SESSION_COOKIE_NAME"], flask_login.COOKIE_NAME, i18n.COOKIE
        self.pages = PageStore()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if not self._is_by_stranger(environ):
            return self._app(environ, start_response)
        began, live, key = time.perf_counter(), self._extensions["verbatim"].site.live, self._key(environ)
        page = self.pages.get(key)
        if page is None:
            return self._make(key, live, environ, start_response)
        if not page.is_fresh(_token(live)):
            with page.lock:
                page = self.pages.get(key) or page
                if not _is_true(page, live):
                    return self._make(key, live, environ, start_response)
        return self._hit(key, page, environ, start_response, began)

    def _is_by_stranger(self, environ: "WSGIEnvironment") -> bool:
        """Whether its answer could be everybody's: no cookie of ours, no token, nothing that htmx asks for."""
        if environ["REQUEST_METHOD"] not in METHODS or "HTTP_AUTHORIZATION" in environ or htmx.is_by_htmx(environ):
            return False
        cookies = environ.get("HTTP_COOKIE", "")
        return not cookies or not any(name in cookies for name in self._own_cookies)

    def _key(self, environ: "WSGIEnvironment") -> tuple[str, ...]:
        """Everything that an answer to a stranger depends on, apart from the read model."""
        return (
            environ["wsgi.url_scheme"],
            environ.get("SCRIPT_NAME", ""),
            environ.get("PATH_INFO", ""),
            environ.get("QUERY_STRING", ""),
            i18n.preferred(environ.get("HTTP_ACCEPT_LANGUAGE", ""), tuple(self._extensions["languages"].supported)),
        )

    def _make(
        self, key: Hashable, live: Live, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Has the application make the page, and keeps it where everybody may have it."""
        if (token := _token(live)) is None:
            return self._app(environ, start_response)
        reads = environ[READS] = PageReads()
        captured: Headers = []

        def capture(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
            if reads.body is None or not status.startswith(("200", "304")):
                return start_response(status, headers, exc_info)
            captured[:] = headers
            return _write_nothing

        body = self._app(environ, capture)
        if not captured:
            self.pages.drop(key)
            return body
        if hasattr(body, "close"):
            body.close()
        page = CachedPage(reads, token, captured)
        self.pages.put(key, page)
        return self._send(key, page, environ, start_response, dict(captured)[logs.HEADER])[1]

    def _hit(
        self,
        key: Hashable,
        page: CachedPage,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        began: float,
    ) -> Iterable[bytes]:
        """From memory; counted and logged as if Flask had answered."""
        counts = self._extensions["verbatim"].site.counts
        if counts and rate_limits.exceeds_searches(counts, page.endpoint, environ.get("REMOTE_ADDR", "")):
            return self._app(environ, start_response)
        request_id = commands.request_id_of(environ)
        status, body = self._send(key, page, environ, start_response, request_id)
        seconds = time.perf_counter() - began
        metrics.count(page.endpoint, status, seconds)
        path = environ.get("PATH_INFO", "").encode("latin-1").decode(errors="replace")
        logs.write_line(environ["REQUEST_METHOD"], path, status, round(seconds * 1000, 1), request_id)
        return body

    def _send(
        self, key: Hashable, page: CachedPage, environ: "WSGIEnvironment", start_response: "StartResponse", id: str
    ) -> tuple[int, list[bytes]]:
        """The status, and what is left to be sent. The page has grown where it was encoded for the first time."""
        size = page.size_bytes
        status, headers, body = page.answer(
            environ.get("HTTP_IF_NONE_MATCH", ""), environ.get("HTTP_ACCEPT_ENCODING", "")
        )
        if page.size_bytes != size:
            self.pages.put(key, page)
        start_response(status, [*headers, (logs.HEADER, id)])
        return int(status[:3]), [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _token(live: Live) -> Hashable | None:
    """None where the read model can't be asked, so that nothing is taken for true: the application says what is."""
    try:
        return live.change_token()
    except (SQLAlchemyError, NoGeneration):
        return None


def _is_true(page: CachedPage, live: Live) -> bool:
    try:
        token = live.change_token()
        return page.is_fresh(token) or page.renew(live, token)
    except (SQLAlchemyError, NoGeneration):
        return False


def _write_nothing(_data: bytes) -> None:
    """WSGI's old way to write, which Flask doesn't use."""

"""The Flask application, without what calls of the API don't need and pages don't either."""

from collections.abc import Callable, Iterable, MutableMapping
from functools import cached_property
from typing import Any

from flask import Flask
from flask.sessions import NullSession, SecureCookieSession, SecureCookieSessionInterface
from flask.templating import Environment
from flask.wrappers import Request, Response
from werkzeug.routing import MapAdapter

from .at_hand import asked
from .shapes import Shaped, Shapes

CALLS = "/api/v1/"
WITH_SESSION = frozenset({"/api/v1/docs"})
"""Pages among the calls: they show who is logged in."""
Hook = Callable[..., Any]


class Templates(Environment):
    """Templates without globals of their own share the environment's: each import compares them, a comment has ten."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


class App(Flask):
    """Flask whose views are plain functions, and whose calls of the API pass by what only pages have use for.

    for_pages: modules whose hooks read cookies, check forms and fit answers to htmx.
    """

    jinja_environment = Templates

    def __init__(self, *arguments: Any, for_pages: Iterable[str], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.session_interface = _ForPages()
        self._for_pages = frozenset(for_pages)
        self._shapes: Shapes = {}

    def ensure_sync(self, func: Hook) -> Hook:
        """No view and no hook here is a coroutine; asking each of them at each request is what costs."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """For a call without what Flask finds out about subdomains and websockets."""
        if request is None or not is_call(request.path):
            return super().create_url_adapter(request)
        return Shaped(self.url_map, request, self._shapes, self.config["TRUSTED_HOSTS"])

    def do_teardown_request(self, *error: Any) -> None:
        """Where nothing waits for a request to end, it needn't be looked for in every blueprint."""
        if self.teardown_request_funcs:
            super().do_teardown_request(*error)

    def preprocess_request(self) -> Any:
        if not is_call(asked().path):
            return super().preprocess_request()
        for hook in self._before:
            if (found := hook()) is not None:
                return found
        return None

    def process_response(self, response: Response) -> Response:
        if not is_call(asked().path):
            return super().process_response(response)
        for hook in self._after:
            response = hook(response)
        return response

    @cached_property
    def _before(self) -> list[Hook]:
        return self._kept(self.before_request_funcs)

    @cached_property
    def _after(self) -> list[Hook]:
        return self._kept(self.after_request_funcs)[::-1]

    def _kept(self, hooks: Any) -> list[Hook]:
        return [hook for hook in hooks.get(None, ()) if hook.__module__ not in self._for_pages]


def is_call(path: str) -> bool:
    return path.startswith(CALLS) and path not in WITH_SESSION


class _ForPages(SecureCookieSessionInterface):
    """A call isn't authorised by a cookie, so none is read or set."""

    def __init__(self) -> None:
        self._none = NullSession()

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return self._none if is_call(request.path) else super().open_session(app, request)

"""Pages beside floors that run in the same process: for strangers the same bytes from memory, else rendering alone.

Everything is called over WSGI with a browser's headers and timed by processor time: a server in front would cost both
sides the same, and so bring every ratio closer to 1. Strangers: a bare Flask app with one route that answers with the
same bytes and headers. Logged in: the same templates rendered from the same values as constants, the same page byte for
byte but for tokens and ids of forms; no content coding is asked for, since this floor compresses nothing.
"""

import io
import re
import time
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

from flask import Flask, Response, request, template_rendered
from jinja2 import Template
from sqlalchemy import Select, func, select
from werkzeug.test import Client, create_environ, run_wsgi_app
from werkzeug.wrappers import Response as Answer

from domain.signing import SiteKeys
from operational import moderation_cursor
from operational.sessions import SqlSessions
from readmodel.accounts import accounts
from readmodel.generations.lag import LagMeter
from readmodel.generations.store_match import StoreMatch
from readmodel.posts import posts
from tools.drill.browser import forms
from webapp import create_app
from webapp.site.site import Settings, Site

from .measure import Row, Timed, alternate, cost_row, per_call, speed_row, timed
from .site import LONG_THREAD_COMMENTS, BenchSite, build_scaled_site

POSTS = 1_000
TURNS, CALLS_A_TURN = 40, 10
MIN_STRANGER_RATIO, MAX_LOGGED_IN_RATIO = 0.8, 1.3
BROWSER_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "en",
}
PASSWORD = "correct horse battery"
QUESTIONS = ("unread", "outdated")
"""Functions of templates that ask the read model."""
_MADE_ANEW = re.compile(rb'(?<=name="csrf_token" value=")[^"]*|(?<=name="command_id" value=")[^"]*')
Rendered = list[tuple[Template, dict[str, Any]]]


def run(folder: Path, size: int | None) -> Iterator[Row]:
    site = build_scaled_site(folder, size or POSTS)
    app = build_app(site)
    addresses = {"thread": f"/posts/{_long_thread(site)}", "feed": "/", "author": f"/@{_most_prolific_author(site)}"}
    for name, address in addresses.items():
        yield from _stranger_rows(name, app, address)
    cookie = register(app)
    site.project()
    for name in ("thread", "feed"):
        yield _logged_in_row(name, app, addresses[name], cookie)
    site.close()


def build_app(site: BenchSite) -> WSGIApplication:
    """The site as it is served, with whatever stands in front of its pages."""
    return create_app(
        Site(
            belonging=StoreMatch(site.store, site.generations.connect),
            bus=site.bus,
            live=site.generations,
            lag=LagMeter(site.store, site.generations.connect, lambda _key, _partitions: 0).measure,
            moderation_lag=partial(moderation_cursor.lag, site.generations.control, site.store),
            sessions=SqlSessions(site.generations.control),
            settings=Settings(keys=SiteKeys("bench")),
        )
    )


def register(app: WSGIApplication) -> str:
    """The Cookie header of somebody who has registered and seen a page since: as a browser sends it from then on."""
    client = Client(app)
    [form] = [one for one in forms(client.get("/register").text) if one.action == "/register"]
    client.post("/register", data=form.filled(handle="bench-reader", password=PASSWORD).fields)
    client.get("/")
    cookie = client.get_cookie("session")
    if cookie is None:
        raise RuntimeError("nobody could register")
    return f"session={cookie.value}"


def call(app: WSGIApplication, environ: dict[str, Any]) -> Answer:
    """As a server calls it, without werkzeug's test client, whose work grows with the headers."""
    return Answer(*run_wsgi_app(app, environ, buffered=True))


def environ_of(address: str, headers: dict[str, str]) -> dict[str, Any]:
    return {**create_environ(address, headers=headers), "wsgi.input": io.BytesIO()}


def _long_thread(site: BenchSite) -> str:
    return _first(site, select(posts.c.id).where(posts.c.comments == LONG_THREAD_COMMENTS))


def _most_prolific_author(site: BenchSite) -> str:
    prolific = select(accounts.c.handle).join_from(posts, accounts, posts.c.author == accounts.c.id)
    return _first(site, prolific.group_by(accounts.c.handle).order_by(func.count().desc()))


def _first(site: BenchSite, statement: Select[tuple[str]]) -> str:
    with site.generations.connect() as connection:
        return str(connection.execute(statement.limit(1)).scalar_one())


def _stranger_rows(name: str, app: WSGIApplication, address: str) -> Iterator[Row]:
    first = call(app, environ_of(address, BROWSER_HEADERS))
    floor = _from_memory(address, first)
    yield _stranger_row(f"{name}, stranger", app, floor, address, BROWSER_HEADERS, 200)
    conditional = BROWSER_HEADERS | {"If-None-Match": first.headers.get("ETag", "")}
    yield _stranger_row(f"{name}, stranger, 304", app, floor, address, conditional, 304)


def _stranger_row(
    name: str, app: WSGIApplication, floor: WSGIApplication, address: str, headers: dict[str, str], status: int
) -> Row:
    ours, bare = (call(one, environ_of(address, headers)) for one in (app, floor))
    if not ours.status_code == bare.status_code == status or ours.data != bare.data:
        raise RuntimeError(f"{address}: {ours.status} and {bare.status}, not both {status} with the same body")
    samples = alternate(_calls(app, address, headers), _calls(floor, address, headers), TURNS)
    return speed_row(name, samples, per_call(CALLS_A_TURN), least=MIN_STRANGER_RATIO)


def _from_memory(address: str, answer: Answer) -> Flask:
    floor, body = Flask("floor", static_folder=None), answer.data
    etag = answer.headers.get("ETag")

    @floor.get(address)
    def page() -> Response:
        if etag and request.headers.get("If-None-Match") == etag:
            return Response(status=304, headers=[pair for pair in answer.headers if pair[0] != "Content-Length"])
        return Response(body, headers=answer.headers)

    return floor


def _logged_in_row(name: str, app: WSGIApplication, address: str, cookie: str) -> Row:
    headers = {name: value for name, value in BROWSER_HEADERS.items() if name != "Accept-Encoding"}
    headers["Cookie"] = cookie
    first, flask_app, rendered = _with_templates(app, environ_of(address, headers))
    if "Set-Cookie" in first.headers:
        raise RuntimeError(f"{address}: the session changes with each call, which no browser would see")
    with flask_app.request_context(environ_of(address, headers)):
        if _comparable(first.data) != _comparable(_render(rendered).encode()):
            raise RuntimeError(f"{address}: its templates make another page")
        samples = alternate(
            _calls(app, address, headers), timed(_render, lambda: [rendered] * CALLS_A_TURN, time.process_time), TURNS
        )
    return cost_row(
        f"{name}, logged in",
        samples,
        per_call(CALLS_A_TURN),
        most=MAX_LOGGED_IN_RATIO,
    )


def _with_templates(app: WSGIApplication, environ: dict[str, Any]) -> tuple[Answer, Flask, Rendered]:
    """A page, the Flask app that made it, and its templates with what each got. Questions of theirs are asked once."""
    found: Rendered = []
    senders: list[Flask] = []

    def note(sender: Flask, *, template: Template, context: dict[str, Any]) -> None:
        senders.append(sender)
        found.append((template, context | _asked_once(sender)))

    with template_rendered.connected_to(note):
        answer = call(app, environ)
    return answer, senders[-1], found


def _asked_once(app: Flask) -> dict[str, Any]:
    functions: dict[str, Any] = dict(app.jinja_env.globals)
    return {name: cache(functions[name]) for name in QUESTIONS}


def _comparable(page: bytes) -> bytes:
    """The page without its CSRF token and its forms' ids, which are others each time."""
    return _MADE_ANEW.sub(b"", page)


def _render(rendered: Rendered) -> str:
    """Renders all and gives the last, which has the others in it."""
    return [template.render(context) for template, context in rendered][-1]


def _calls(app: WSGIApplication, address: str, headers: dict[str, str]) -> Timed:
    return timed(
        lambda environ: call(app, environ),
        lambda: [environ_of(address, headers) for _ in range(CALLS_A_TURN)],
        time.process_time,
    )

"""The front page, against a bare Flask app that renders the same templates from constants."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from flask import Flask, render_template, template_rendered
from jinja2 import Template
from werkzeug.test import create_environ, run_wsgi_app

from operational.sessions import SqlSessions
from readmodel.generations.lag import LagMeter
from readmodel.generations.store_match import StoreMatch
from webapp import ROOT, create_app
from webapp.site.auth import Stranger
from webapp.site.site import Settings, Site

from .measure import Row, Timed, compared, in_turns, stopwatch
from .rebuilding import filled
from .site import BenchSite, posts_csv

TURNS = 60
A_TURN = 20
POSTS = 3_000
_ADDED = ("request", "session", "g", "config", "url_for", "get_flashed_messages")
"""What Flask itself puts into every context."""
_ENVIRON = create_environ("/")

Rendered = tuple[str, dict[str, Any]]
"""A template's name and what it was given."""


def run(folder: Path, size: int | None) -> Iterator[Row]:
    path, what = posts_csv(folder, size or POSTS)
    site = filled(folder / "site", path)
    ours = create_app(web_of(site))
    rendered = _rendered_by(ours)
    floor = _bare(ours, rendered)
    if (page := _get(ours)) != _get(floor):
        raise RuntimeError("the two pages differ")
    posts = max(len(given.get("posts", ())) for _, given in rendered)
    yield compared(
        "feed / bare Flask and Jinja",
        in_turns(_gets(ours), _gets(floor), TURNS),
        units=A_TURN,
        unit="pages",
        target=0.8,
        how=f"GET / as WSGI calls, for a stranger: {posts} posts of {what}, {len(page):,} bytes. Floor: Flask with one "
        "route that renders the same templates from the same values as constants, to the same bytes.",
    )
    yield compared(
        "feed, logged in",
        in_turns(_gets(ours, cookie_of(site, ours)), _gets(floor), TURNS),
        units=A_TURN,
        unit="pages",
        how="The same for somebody logged in, for whom the page is made afresh each time. Floor: the stranger's page.",
    )
    site.close()


def web_of(site: BenchSite) -> Site:
    return Site(
        belonging=StoreMatch(site.store, site.generations.connect),
        bus=site.bus,
        live=site.generations,
        lag=LagMeter(site.store, site.generations.connect, lambda _key, _partitions: 0).measure,
        sessions=SqlSessions(site.generations.control),
        settings=Settings(secret_key="bench"),
    )


def _rendered_by(app: Flask) -> list[Rendered]:
    """Each template that the page is made of and what it was given, without what Flask adds by itself."""
    seen: list[Rendered] = []

    def see(_sender: Flask, *, template: Template, context: dict[str, Any]) -> None:
        given = {name: value for name, value in context.items() if name not in _ADDED}
        seen.append((str(template.name), {**given, "current_user": Stranger()}))

    with template_rendered.connected_to(see, app):
        _get(app)
    return seen


def _bare(ours: Flask, rendered: list[Rendered]) -> Flask:
    """A Flask app without any extension, that renders the same templates from constants; addresses are ours."""
    app = Flask("bare", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.policies.update(ours.jinja_env.policies)
    app.jinja_env.newstyle_gettext = True  # type: ignore[attr-defined]
    app.jinja_env.filters.update(ours.jinja_env.filters)
    own = app.jinja_env.globals
    own.update({name: value for name, value in ours.jinja_env.globals.items() if name not in own})
    own.update({name: ours.jinja_env.globals[name] for name in ("_", "gettext", "ngettext")})
    app.url_map, app.extensions, app.url_default_functions = ours.url_map, ours.extensions, ours.url_default_functions
    app.view_functions["feed.index"] = lambda: [render_template(name, **given) for name, given in rendered][-1]
    return app


def cookie_of(site: BenchSite, app: Flask) -> str:
    """What the browser of somebody logged in sends."""
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = SqlSessions(site.generations.control).open(site.somebody())
    cookie = client.get_cookie("session")
    return f"session={cookie.value if cookie else ''}"


def _gets(app: Flask, cookie: str = "") -> Timed:
    def turn() -> float:
        with stopwatch() as seconds:
            for _ in range(A_TURN):
                _get(app, cookie)
        return seconds[0]

    return turn


def _get(app: Callable[..., Any], cookie: str = "") -> bytes:
    environ = {**_ENVIRON, "HTTP_COOKIE": cookie, "wsgi.input": io.BytesIO()}
    body, status, _ = run_wsgi_app(app, environ, buffered=True)
    if not status.startswith("200"):
        raise RuntimeError(status)
    return b"".join(body)

"""The front page, against a bare Flask app that renders the same templates from constants."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from flask import Flask, render_template, template_rendered
from jinja2 import Template
from markupsafe import Markup
from werkzeug.test import create_environ, run_wsgi_app

from readmodel.sessions import SqlSessions
from webapp import ROOT, create_app
from webapp.auth import Stranger
from webapp.site import Settings, Site

from .measure import Row, Timed, compared, in_turns, stopwatch
from .rebuilding import filled
from .site import BenchSite, posts_csv

TURNS = 60
A_TURN = 20
POSTS = 3_000
_PAGE, _ITEMS = "feed/index.html", "feed/_items.html"
_ADDED = ("request", "session", "g", "config", "url_for", "get_flashed_messages")
"""What Flask itself puts into every context."""
_ENVIRON = create_environ("/")


def run(folder: Path, size: int | None) -> Iterator[Row]:
    path, what = posts_csv(folder, size or POSTS)
    site = filled(folder / "site", path)
    ours = create_app(_web(site))
    contexts = _contexts_of(ours)
    floor = _bare(ours, contexts)
    if (page := _get(ours)) != _get(floor):
        raise RuntimeError("the two pages differ")
    posts = len(contexts[_ITEMS]["posts"])
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
        in_turns(_gets(ours, _cookie(site, ours)), _gets(floor), TURNS),
        units=A_TURN,
        unit="pages",
        how="The same for somebody logged in, for whom the page is made afresh each time. Floor: the stranger's page.",
    )
    site.close()


def _web(site: BenchSite) -> Site:
    return Site(
        bus=site.bus,
        live=site.generations,
        sessions=SqlSessions(site.generations.control),
        settings=Settings(secret_key="bench"),
    )


def _contexts_of(app: Flask) -> dict[str, dict[str, Any]]:
    """What each template was given, without what Flask adds by itself."""
    seen: dict[str, dict[str, Any]] = {}

    def see(_sender: Flask, *, template: Template, context: dict[str, Any]) -> None:
        seen[str(template.name)] = {name: value for name, value in context.items() if name not in _ADDED}

    with template_rendered.connected_to(see, app):
        _get(app)
    return seen


def _bare(ours: Flask, contexts: dict[str, dict[str, Any]]) -> Flask:
    """A Flask app without any extension: two templates, and constants for them."""
    app = Flask("bare", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update({name: ours.jinja_env.filters[name] for name in ("markdown", "plain")})
    page, items = ({**contexts[name], "current_user": Stranger()} for name in (_PAGE, _ITEMS))

    @app.get("/")
    def index() -> str:
        return render_template(_PAGE, **page | {"items": Markup(render_template(_ITEMS, **items).strip())})

    return app


def _cookie(site: BenchSite, app: Flask) -> str:
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

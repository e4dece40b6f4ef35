"""The front page, against a bare Flask app that renders the same template from constants."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from flask import Flask, render_template, template_rendered
from werkzeug.test import create_environ, run_wsgi_app

from readmodel.sessions import SqlSessions
from webapp import ROOT, create_app, markdown
from webapp.auth import Stranger
from webapp.site import Settings, Site

from .measure import Row, Timed, compared, in_turns, stopwatch
from .rebuilding import filled
from .site import BenchSite, posts_csv

TURNS = 60
A_TURN = 20
POSTS = 3_000


def run(folder: Path, size: int | None) -> Iterator[Row]:
    path, what = posts_csv(folder, size or POSTS)
    site = filled(folder / "site", path)
    ours = create_app(_web(site))
    context = _context_of(ours)
    floor = _bare(context)
    if (page := _get(ours)) != _get(floor):
        raise RuntimeError("the two pages differ")
    yield compared(
        "feed / bare Flask and Jinja",
        in_turns(_gets(ours), _gets(floor), TURNS),
        units=A_TURN,
        unit="pages",
        target=0.8,
        how=f"GET / as WSGI calls, for a stranger: {len(context['posts'])} posts of {what}, {len(page):,} bytes. "
        "Floor: Flask with one route that renders the same template from the same values as constants; same bytes.",
    )
    site.close()


def _web(site: BenchSite) -> Site:
    return Site(
        bus=site.bus,
        live=site.generations,
        sessions=SqlSessions(site.generations.control),
        settings=Settings(secret_key="bench"),
    )


def _context_of(app: Flask) -> dict[str, Any]:
    """What our route gave its template, without what Flask and its extensions add by themselves."""
    seen: list[dict[str, Any]] = []

    def see(_sender: Flask, _template: Any, context: dict[str, Any], **_more: Any) -> None:
        seen.append(context)

    with template_rendered.connected_to(see, app):
        _get(app)
    added = ("request", "session", "g", "config", "url_for", "get_flashed_messages")
    return {name: value for name, value in seen[0].items() if name not in added}


def _bare(context: dict[str, Any]) -> Flask:
    app = Flask("bare", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.secret_key = "bench"
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(markdown=markdown.render, plain=markdown.plain)
    constants = {**context, "current_user": Stranger()}

    @app.get("/")
    def index() -> str:
        return render_template("feed/index.html", **constants)

    return app


def _gets(app: Flask) -> Timed:
    def turn() -> float:
        with stopwatch() as seconds:
            for _ in range(A_TURN):
                _get(app)
        return seconds[0]

    return turn


_ENVIRON = create_environ("/")


def _get(app: Callable[..., Any]) -> bytes:
    body, status, _ = run_wsgi_app(app, {**_ENVIRON, "wsgi.input": io.BytesIO()}, buffered=True)
    if not status.startswith("200"):
        raise RuntimeError(status)
    return b"".join(body)

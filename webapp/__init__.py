"""The pages: routes parse, send a command or ask a query, and render."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from flask import Flask

from . import (
    accounts,
    assets,
    atom,
    auth,
    comments,
    database,
    errors,
    feed,
    forms,
    htmx,
    incoming,
    languages,
    likes,
    live,
    markdown,
    may,
    notifications,
    people,
    posts,
    public,
    ratelimits,
    search,
    security,
    visits,
)
from .addresses import IdConverter
from .app import App
from .site import Site

ROOT = Path(__file__).resolve().parent.parent
AREAS = (feed, posts, comments, likes, accounts, search, atom, notifications, people, live, languages)
MORE = (
    "history", "undoing", "drafts", "keyboard", "quote", "authors", "moderation", "ops", "api", "tokens", "webhooks",
)  # fmt: skip


def create_app(site: Site) -> Flask:
    """The web application of one site. What comes first below is asked first at each request."""
    app = App(
        __name__,
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
        for_pages=("flask_wtf.csrf", "flask_login.login_manager", assets.__name__, htmx.__name__, ratelimits.__name__),
    )
    app.extensions["verbatim"] = site
    app.url_map.converters["id"] = IdConverter
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    assets.start(app)
    security.start(app, site.settings)
    database.start(app)
    htmx.start(app)
    auth.start(app, accounts.not_logged_in)
    incoming.start(app)
    security.check_forms(app)
    if site.settings.rate_limits:
        ratelimits.start(app, site.settings)
    errors.start(app)
    languages.start(app)
    app.jinja_env.filters.update(markdown=markdown.render, plain=markdown.plain)
    app.jinja_env.globals.update(
        new_id=forms.new_id, may=may, absolute=public.absolute, unread=visits.unread, outdated=database.outdated
    )
    for area in AREAS:
        app.register_blueprint(area.bp)
    for name in MORE:
        if find_spec(f"webapp.{name}"):
            app.register_blueprint(import_module(f"webapp.{name}").bp)
    return app

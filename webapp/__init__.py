"""The pages: routes parse, send a command or ask a query, and render."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from flask import Flask

from webapp.server.converters import IdConverter
from webapp.site.site import Site

from . import errors
from .app import App
from .live import routes
from .pages import (
    accounts,
    atom,
    comments,
    feed,
    forms,
    likes,
    notifications,
    people,
    permissions,
    posts,
    search,
    unread,
)
from .server import assets, htmx, input_checks, rate_limits, security, urls
from .site import auth, database, i18n
from .text import markdown

ROOT = Path(__file__).resolve().parent.parent
AREAS = (feed, posts, comments, likes, accounts, search, atom, notifications, people, routes, i18n)
MORE = (
    "history", "undoing", "drafts", "keyboard", "quote", "authors", "moderation", "ops", "api", "tokens", "webhooks",
)  # fmt: skip


def create_app(site: Site) -> Flask:
    """The web application of one site. What comes first below is asked first at each request."""
    app = App(
        __name__,
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
        for_pages=("flask_wtf.csrf", "flask_login.login_manager", assets.__name__, htmx.__name__, rate_limits.__name__),
    )
    app.extensions["verbatim"] = site
    app.url_map.converters["id"] = IdConverter
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    assets.start(app)
    security.start(app, site.settings)
    database.start(app)
    htmx.start(app)
    auth.start(app, accounts.not_logged_in)
    input_checks.start(app)
    security.check_forms(app)
    if site.settings.rate_limits:
        rate_limits.start(app, site.settings)
    errors.start(app)
    i18n.start(app)
    app.jinja_env.filters.update(markdown=markdown.render, plain=markdown.plain)
    app.jinja_env.globals.update(
        new_id=forms.new_id, may=permissions, absolute=urls.absolute, unread=unread.unread, outdated=database.outdated
    )
    for area in AREAS:
        app.register_blueprint(area.bp)
    for name in MORE:
        if find_spec(f"webapp.{name}"):
            app.register_blueprint(import_module(f"webapp.{name}").bp)
    return app

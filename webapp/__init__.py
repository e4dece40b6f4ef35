"""The pages: routes parse, send a command or ask a query, and render."""

from pathlib import Path

from flask import Flask

from webapp.server.converters import IdConverter
from webapp.site.site import Site

from . import api, errors
from .app import App
from .live import routes as live
from .pages import (
    accounts,
    atom,
    comments,
    drafts,
    feed,
    forms,
    history,
    likes,
    moderation,
    notifications,
    people,
    permissions,
    posts,
    profiles,
    quotes,
    search,
    shortcuts,
    tokens,
    undo,
    unread,
    webhooks,
)
from .server import assets, health, htmx, input_checks, rate_limits, security, urls
from .site import auth, database, i18n
from .text import markdown

ROOT = Path(__file__).resolve().parent.parent
BLUEPRINTS = (
    *(feed.bp, posts.bp, comments.bp, likes.bp, accounts.bp, search.bp, atom.bp, notifications.bp, people.bp, live.bp),
    *(i18n.bp, history.bp, undo.bp, drafts.bp, shortcuts.bp, quotes.bp, profiles.bp, moderation.bp, health.bp, api.bp),
    *(tokens.bp, webhooks.bp),
)


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
    database.db.init_app(app)
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
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app

"""The web: pages for people and an API for programs, two Flask applications of one process under one address."""

from pathlib import Path

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from domain.handle import is_placeholder
from prose.hosts import shown_host
from webapp.server.converters import IdConverter
from webapp.site.site import Site, WebProcess

from . import bulk_removal, desk, errors
from .api import create_api, docs
from .discovery import sitemap, well_known
from .leaving import admins, own, receipts
from .live import routes as live
from .moderation_log import atom as moderation_log_atom
from .moderation_log import pages as moderation_log
from .moderation_log import transparency
from .newcomers import routes as newcomers
from .pages import (
    accounts,
    atom,
    comments,
    drafts,
    feed,
    forms,
    history,
    likes,
    notifications,
    people,
    posts,
    preferences,
    profiles,
    quotes,
    rendered,
    search,
    tokens,
    undo,
    unread,
    webhooks,
)
from .privacy import routes as privacy
from .server import assets, health, htmx, input_checks, logs, metrics, page_cache, rate_limits, security, urls
from .site import auth, database, i18n, permissions
from .site_rules import routes as site_rules
from .text import markdown, structured_data
from .text.languages import lang_attribute

ROOT = Path(__file__).resolve().parent.parent
BLUEPRINTS = (
    feed.bp,
    posts.bp,
    comments.bp,
    likes.bp,
    accounts.bp,
    search.bp,
    atom.bp,
    notifications.bp,
    people.bp,
    live.bp,
    preferences.languages,
    history.bp,
    undo.bp,
    drafts.bp,
    preferences.shortcuts,
    quotes.bp,
    profiles.bp,
    *desk.BLUEPRINTS,
    *bulk_removal.BLUEPRINTS,
    health.bp,
    docs.bp,
    tokens.bp,
    webhooks.bp,
    well_known.bp,
    sitemap.bp,
    privacy.bp,
    own.bp,
    receipts.bp,
    admins.bp,
    moderation_log.bp,
    moderation_log_atom.bp,
    transparency.bp,
    site_rules.bp,
    newcomers.bp,
)


def create_app(site: Site) -> Flask:
    """The pages, with the API mounted at /api. Its documentation below that address is a page like others."""
    process = WebProcess(site=metrics.counted(site))
    pages = create_pages(process)
    own = pages.wsgi_app
    pages.wsgi_app = DispatcherMiddleware(  # type: ignore[method-assign]
        own, {"/api": create_api(process), docs.ADDRESS: urls.unmounted(own, docs.ADDRESS)}
    )
    return pages


def create_pages(process: WebProcess) -> Flask:
    """The application that people see. What is started first runs first before a request, and last after it."""
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.extensions["verbatim"] = process
    app.url_map.converters["id"] = IdConverter
    app.url_map.merge_slashes = False  # It redirects to the Host header; urls.corrected leads to the path alone.
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    logs.init_app(app)
    metrics.init_app(app)
    assets.init_app(app)
    security.start_pages(app, process.site.settings)
    database.db.init_app(app)
    htmx.init_app(app)
    auth.init_app(app, accounts.not_logged_in)
    input_checks.init_app(app)
    security.csrf.init_app(app)
    rate_limits.init_app(app)
    errors.init_app(app)
    i18n.init_app(app)
    page_cache.init_app(app)
    app.jinja_env.filters.update(
        markdown=rendered.body, title_links=rendered.title, plain=markdown.plain, host=shown_host, lang=lang_attribute
    )
    app.jinja_env.tests.update(placeholder=is_placeholder)
    app.jinja_env.globals.update(
        new_id=forms.new_id,
        may=permissions,
        absolute=urls.absolute,
        public_address=urls.public_address,
        unread=unread.unread,
        outdated=database.outdated,
        discussion=structured_data.discussion,
    )
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app

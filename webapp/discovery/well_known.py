"""Well-known addresses: robots.txt, icons, the manifest, OpenSearch, security.txt and where to change a password."""

from datetime import timedelta
from typing import Any

import msgspec
from flask import Blueprint, Response, current_app, make_response, redirect, render_template, url_for
from flask_babel import gettext

from domain.ids import from_now
from webapp.server import htmx, page_cache, urls
from webapp.server.assets import Assets
from webapp.site import i18n, site

bp = Blueprint("well_known", __name__)

ICON_CACHE_CONTROL = "public, max-age=86400"
"""Their addresses don't name what is in them."""
SECURITY_TXT_DAYS = 180
"""How long security.txt holds; RFC 9116 wants less than a year."""
NOT_FOR_CRAWLERS = (
    "/search", "/people", "/login", "/register", "/preview", "/language", "/live/", "/settings", "/drafts",
    "/notifications", "/moderation", "/report/", "/reports", "/decisions", "/appeals/",
    "/posts/new", "/posts/*/edit", "/posts/*/history", "/comments/*/history",
    "/posts/*?*version=", "/posts/*?*at=", "/posts/*?*quote=", "/*?*author=", "/*?*after=",
)  # fmt: skip
"""Forms, what is somebody's own, and the same words at other addresses."""
BACKGROUND, THEME = "#f6f7f4", "#ffe14d"


@bp.get("/robots.txt")
@page_cache.public()
def robots() -> Response:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_FOR_CRAWLERS), "Allow: /", ""]
    text = "\n".join([*lines, f"Sitemap: {urls.absolute(url_for('sitemap.index'))}", ""])
    return Response(text, mimetype="text/plain")


@bp.get("/favicon.ico")
def favicon() -> Response:
    return _icon("favicon.ico")


@bp.get("/apple-touch-icon.png")
def touch_icon() -> Response:
    """Where iOS looks for it, whatever a page says."""
    return _icon("apple-touch-icon.png")


@bp.get("/manifest.webmanifest")
@page_cache.public()
def manifest() -> Response:
    icons = [
        {"src": _assets().url(f"icons/{name}"), "sizes": sizes, "type": kind, "purpose": "any"}
        for name, sizes, kind in (
            ("favicon.svg", "any", "image/svg+xml"),
            ("icon-192.png", "192x192", "image/png"),
            ("icon-512.png", "512x512", "image/png"),
        )
    ]
    content: dict[str, Any] = {
        "id": "/",
        "name": "Verbatim",
        "short_name": "Verbatim",
        "description": gettext("Every edit here has a history."),
        "lang": i18n.current(),
        "start_url": "/",
        "scope": "/",
        "display": "minimal-ui",
        "background_color": BACKGROUND,
        "theme_color": THEME,
        "icons": icons,
    }
    return Response(msgspec.json.encode(content), mimetype="application/manifest+json")


@bp.get("/opensearch.xml")
@page_cache.public()
def opensearch() -> Response:
    """The search, for a browser's address bar."""
    return Response(render_template("discovery/opensearch.xml"), mimetype="application/opensearchdescription+xml")


@bp.get("/.well-known/security.txt")
def security_txt() -> Response:
    """RFC 9116. Its end moves with today, so that no answer is kept for long."""
    contact = site.current().settings.security_contact or urls.absolute(url_for(".security"))
    expires = from_now(timedelta(days=SECURITY_TXT_DAYS))
    lines = (
        f"Contact: {contact}",
        f"Expires: {expires[:10]}T00:00:00Z",
        f"Preferred-Languages: {', '.join(i18n.names())}",
        f"Canonical: {urls.absolute(url_for('.security_txt'))}",
        f"Policy: {urls.absolute(url_for('.security'))}",
        "",
    )
    response = Response("\n".join(lines), mimetype="text/plain")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@bp.get("/security")
def security() -> Response:
    """For people who found a hole, in words."""
    return htmx.show("discovery/security.html", contact=site.current().settings.security_contact)


@bp.get("/.well-known/change-password")
def change_password() -> Response:
    """Where password managers send people (https://w3c.github.io/webappsec-change-password-url/)."""
    return make_response(redirect(url_for("accounts.password_form"), 302))


def _icon(name: str) -> Response:
    response = _assets().send(f"icons/{name}")
    response.headers["Cache-Control"] = ICON_CACHE_CONTROL
    return response


def _assets() -> Assets:
    assets: Assets = current_app.extensions["assets"]
    return assets

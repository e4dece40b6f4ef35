"""Security headers of every answer, the session cookie's attributes, and the check of forms' CSRF tokens."""

from collections.abc import Iterator

from flask import Flask, Response

from domain import ids
from domain.signing import SiteKeys
from webapp.site import strangers
from webapp.site.site import Settings

from .assets import Assets
from .csrf_tokens import MaskedCSRFProtect

Headers = tuple[tuple[str, str], ...]

csrf = MaskedCSRFProtect()

PAGE_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' {script}",
        "style-src 'self' {style}",
        "img-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
RESOURCE_POLICY = "default-src 'none'; frame-ancestors 'none'"
"""For what is no page: a script, a picture, a feed, JSON. A page may load thirty of them, so this is short."""
RESOURCE_SHARING = "same-origin"
UNUSED_FEATURES = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"
"""Of browsers; no script on a page of ours may ask for them."""
MAX_REQUEST_BYTES = 1_000_000
"""40,000 characters of four bytes, percent-encoded, are half of it."""


def start_pages(app: Flask, settings: Settings) -> None:
    """Configures sessions and CSRF tokens. A token lives as long as its session: who writes for hours loses nothing."""
    app.config.update(
        SECRET_KEY=settings.keys.current,
        SECRET_KEY_FALLBACKS=_OldKeys(settings.keys),
        SESSION_COOKIE_NAME="__Host-session" if settings.https else "session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=strangers.KEPT_FOR,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    _start(app, settings, _page_headers(app.extensions["assets"]))


def start_api(app: Flask, settings: Settings) -> None:
    """No secret key: the API has no sessions and reads no cookies."""
    _start(app, settings, (("Content-Security-Policy", RESOURCE_POLICY),))


class _OldKeys:
    """What Flask goes through at each request: those keys of before that still count then."""

    def __init__(self, keys: SiteKeys) -> None:
        self._keys = keys

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys.still_accepted(ids.now()))


def _start(app: Flask, settings: Settings, html_headers: Headers) -> None:
    app.config.update(MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES, MAX_FORM_MEMORY_SIZE=MAX_REQUEST_BYTES)
    common: Headers = (
        ("X-Content-Type-Options", "nosniff"),
        ("Cross-Origin-Resource-Policy", RESOURCE_SHARING),
    )
    if settings.https:
        common += (("Strict-Transport-Security", "max-age=31536000"),)
    html, other = common + html_headers, (*common, ("Content-Security-Policy", RESOURCE_POLICY))

    @app.after_request
    def add_headers(response: Response) -> Response:
        if "Content-Security-Policy" not in response.headers:
            response.headers.extend(html if response.mimetype == "text/html" else other)
        return response


def _page_headers(assets: Assets) -> Headers:
    return (
        ("Content-Security-Policy", PAGE_POLICY.format(script=assets.source("script"), style=assets.source("style"))),
        ("Referrer-Policy", "same-origin"),
        ("Permissions-Policy", UNUSED_FEATURES),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    )

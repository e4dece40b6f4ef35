"""Headers that every answer carries, cookies, and the check that a form came from our own page."""

from flask import Flask, Response
from flask_wtf import CSRFProtect

from webapp.site.site import Settings

from .assets import Assets

Headers = tuple[tuple[str, str], ...]

csrf = CSRFProtect()

POLICY = "; ".join(
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
ALONE = "default-src 'none'; frame-ancestors 'none'"
"""For what is no page: a script, a picture, a feed. A page may have thirty of them, so this is short."""
LARGEST_REQUEST = 1_000_000
"""Bytes. 40,000 characters of four bytes, percent-encoded, are half of it."""


def start(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-session" if settings.https else "session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    of_all: Headers = (("X-Content-Type-Options", "nosniff"),)
    if settings.https:
        of_all += (("Strict-Transport-Security", "max-age=31536000"),)
    of_pages = of_all + _of_pages(app.extensions["assets"])
    of_others = (*of_all, ("Content-Security-Policy", ALONE))

    @app.after_request
    def secure(response: Response) -> Response:
        if "Content-Security-Policy" not in response.headers:
            for name, value in of_pages if response.mimetype == "text/html" else of_others:
                response.headers.add(name, value)
        return response


def check_forms(app: Flask) -> None:
    """A token lives as long as the session: somebody who writes for two hours loses nothing."""
    csrf.init_app(app)


def _of_pages(assets: Assets) -> Headers:
    return (
        ("Content-Security-Policy", POLICY.format(script=assets.source("script"), style=assets.source("style"))),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    )

"""Trusts exactly one reverse proxy (TRUSTED_PROXIES=1): the visitor's address and scheme are those that it reports.

Without a proxy anyone could claim any address that way, and so escape the limits on attempts.
"""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix


def trust_one(app: Flask) -> None:
    """Takes address, scheme and host from the last entry of the forwarded headers, which the nearest proxy wrote."""
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]

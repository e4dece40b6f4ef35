"""Whole addresses, for what leaves the site: feeds, canonical links, link previews."""

from flask import request

from webapp.site import site


def base() -> str:
    """Where people reach the site, without a slash at the end: PUBLIC_URL, else as this request came."""
    return (site.current().settings.public_url or request.host_url).rstrip("/")


def absolute(path: str) -> str:
    """path starts with a slash."""
    return base() + path

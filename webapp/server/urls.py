"""Addresses in whole: with the host, for what leaves the site; with the mount point, for a mounted application."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import request

from webapp.site import site

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def base() -> str:
    """Where people reach the site, without a slash at the end: PUBLIC_URL, else as this request came."""
    return (site.current().settings.public_url or request.host_url).rstrip("/")


def absolute(path: str) -> str:
    """path starts with a slash."""
    return base() + path


def full_path() -> str:
    """The request's path as the client sent it: a mounted application sees it without its mount point."""
    return request.script_root + request.path


def unmounted(app: "WSGIApplication", mount: str) -> "WSGIApplication":
    """The application as it is without being mounted: the mount point belongs to the path again."""

    def at_root(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        root, path = environ["SCRIPT_NAME"].removesuffix(mount), mount + environ["PATH_INFO"]
        return app({**environ, "SCRIPT_NAME": root, "PATH_INFO": path}, start_response)

    return at_root

"""Addresses in whole: with the host, for what leaves the site; with the mount point, for a mounted application."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import current_app, request
from werkzeug.exceptions import HTTPException

from webapp.site import site

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


_STRAY_ENDS = "/.,;:!?)]}>'\"*»”’…"
"""What is taken along with an address that is copied out of a text, and the slash that some put at every end."""
_SLASHES = re.compile("//+")
_ID = re.compile(r"(?<=/)[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?=[/.]|\Z)")


def base() -> str:
    """PUBLIC_URL without a slash at its end; "" where it isn't set, so that addresses are relative to the site.

    Never as the request came: a Host header says what its sender likes, and answers are cached and sent on.
    """
    return site.current().settings.public_url.rstrip("/")


def public_address(path: str) -> str:
    """An address for what leaves the site and may be relative where PUBLIC_URL isn't set. path starts with a slash."""
    return base() + path


def absolute(path: str) -> str:
    """For formats that allow nothing else: without PUBLIC_URL it begins as this machine itself reaches the site."""
    return (base() or site.current().settings.local_url) + path


def full_path() -> str:
    """The request's path as the client sent it: a mounted application sees it without its mount point."""
    return request.script_root + request.path


def corrected() -> str | None:
    """The address of ours that this request's was meant to be, with its query; None where it is no such thing.

    It differs in signs at its end, in doubled slashes, or in the case of an id.
    """
    adapter = current_app.create_url_adapter(request)
    path = _ID.sub(lambda id: id[0].lower(), _SLASHES.sub("/", request.path.rstrip(_STRAY_ENDS)))
    if adapter is None or request.method not in ("GET", "HEAD") or path == request.path:
        return None
    try:
        adapter.match(path, method="GET")
    except HTTPException:
        return None
    query = request.query_string.decode("latin-1")
    return request.script_root + quote(path, safe="/@") + (f"?{query}" if query else "")


def unmounted(app: "WSGIApplication", mount: str) -> "WSGIApplication":
    """The application as it is without being mounted: the mount point belongs to the path again."""

    def at_root(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        root, path = environ["SCRIPT_NAME"].removesuffix(mount), mount + environ["PATH_INFO"]
        return app({**environ, "SCRIPT_NAME": root, "PATH_INFO": path}, start_response)

    return at_root

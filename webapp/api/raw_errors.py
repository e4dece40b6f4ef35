"""Responses to what the server can't parse as a request, so that Flask never sees it: problem details as for any call.

Where the path is known and is a page's, a short page of HTML. Each is logged under the request id that it carries.
"""

import html
import logging
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec

from domain import ids
from webapp.server import addresses

from . import problems
from .problems import HTTP_KINDS, Kind, Problem

MALFORMED = HTTP_KINDS[400]
URI_TOO_LONG = Kind(414, "address-too-long", "The address is too long")
HEADERS_TOO_LARGE = Kind(431, "headers-too-large", "The headers are too large")
KINDS: dict[str, tuple[Kind, str]] = {
    "InvalidRequestLine": (MALFORMED, "The first line isn't that of an HTTP request."),
    "InvalidRequestMethod": (MALFORMED, "There is no such method."),
    "InvalidHTTPVersion": (MALFORMED, "This server speaks HTTP/1.0 and HTTP/1.1."),
    "HostMissing": (MALFORMED, "HTTP/1.1 needs a Host header that names a host."),
    "LimitRequestLine": (URI_TOO_LONG, "The request line may have 8,190 bytes."),
    "LimitRequestHeaders": (HEADERS_TOO_LARGE, "A header may have 8,190 bytes, and there may be 100."),
    "HeadTooLarge": (HEADERS_TOO_LARGE, "All headers together may have 65,536 bytes."),
    "BodyTooLarge": (HTTP_KINDS[413], problems.HTTP_DETAILS[413]),
    **dict.fromkeys(
        ("ChunkMissingTerminator", "InvalidChunkExtension", "InvalidChunkSize"),
        (MALFORMED, "The body's chunks are broken."),
    ),
    "ExpectationFailed": (
        Kind(417, "expectation-failed", "This can't be expected"),
        "Expect can only be 100-continue.",
    ),
    "UnsupportedTransferCoding": (
        Kind(501, "transfer-coding", "Not this transfer coding"),
        "A body comes with its Content-Length or in chunks.",
    ),
    "TooSlow": (HTTP_KINDS[408], "The request didn't come whole in time. Nothing was stored."),
    "Busy": (Kind(503, "unavailable", "Not now"), "Too many requests are half sent. Try again in a moment."),
}
"""By the names of gunicorn's errors and of those in server/worker.py: whatever else one of them is, is malformed."""
_UNREADABLE_DETAIL = "A header or the body can't be read, or two of them contradict each other."
_HTML = '<!doctype html>\n<html lang="en"><title>{title}</title>\n<h1>{title}</h1>\n<p>{detail}</p>\n</html>\n'
_log = logging.getLogger("verbatim.web")


def response_bytes(error: Exception, line: bytes, address: str) -> bytes:
    """The whole response, as sent. line: the request line as far as it came, else ""; address: the client's,
    of which the log gets the network."""
    kind, detail = _kind_and_detail(error)
    id = ids.uuid7()
    seen = {"status": kind.status, "request_id": id, "network": addresses.written(address), "why": type(error).__name__}
    if kind.status == 500:
        _log.error("unserved request", extra=seen, exc_info=error)
    else:
        _log.info("unserved request", extra=seen)
    path = _path(line)
    body = _problem(kind, detail, path, id) if path is None or path.startswith(problems.PREFIX) else _page(kind, detail)
    media = "text/html; charset=utf-8" if body.startswith(b"<") else problems.MEDIA_TYPE
    headers = {
        "Content-Type": media,
        "Content-Length": str(len(body)),
        "Connection": "close",
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Request-ID": id,
    }
    if kind.status == 503:
        headers["Retry-After"] = str(problems.RETRY_AFTER_S)
    first = f"HTTP/1.1 {kind.status} {HTTPStatus(kind.status).phrase}\r\n"
    return (first + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n").encode() + body


def _kind_and_detail(error: Exception) -> tuple[Kind, str]:
    names = [kind.__name__ for kind in type(error).__mro__]
    known = next((KINDS[name] for name in names if name in KINDS), None)
    if known is None and not {"ParseError", "ParseException"} & {*names}:
        return HTTP_KINDS[500], problems.HTTP_DETAILS[500]
    return known or (MALFORMED, _UNREADABLE_DETAIL)


def _path(line: bytes) -> str | None:
    """The path of the address, None where it can't be known: it isn't whole, or is none."""
    _, _, rest = line.decode("latin-1").partition(" ")
    address, ended, _ = rest.partition(" ")
    if not (ended or "?" in address) or not address.isascii() or not address.isprintable():
        return None
    try:
        path = urlsplit(address).path if "://" in address else address.partition("?")[0]
    except ValueError:
        return None
    return path if path.startswith("/") else None


def _problem(kind: Kind, detail: str, path: str | None, id: str) -> bytes:
    problem = Problem(
        type=f"/api/problems/{kind.slug}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=(path or "")[:200],
        request_id=id,
    )
    return msgspec.json.encode(problem)


def _page(kind: Kind, detail: str) -> bytes:
    return _HTML.format(title=html.escape(kind.title), detail=html.escape(detail)).encode()

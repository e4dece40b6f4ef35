"""Other sites' pages may call only where CORS_ORIGINS names them. No cookies are involved: calls carry a token."""

from flask import Response, request

from webapp.site import site

METHODS = "GET, POST, PUT, DELETE"
SENT = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID"
SEEN = (
    "ETag, Location, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Verbatim-Shown, X-Request-ID"
)
REMEMBERED_S = 600


def add_headers(response: Response) -> None:
    allowed, origin = site.current().settings.cors_origins, request.headers.get("Origin")
    if not allowed or origin is None:
        return
    response.headers.add("Vary", "Origin")
    if origin not in allowed:
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = SEEN
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Allow-Headers"] = SENT
        response.headers["Access-Control-Max-Age"] = str(REMEMBERED_S)

"""CORS: other sites' pages may call where CORS_ORIGINS names them. No cookies are involved: calls carry a token."""

from flask import Response, request

from webapp.site import site

ALLOWED_METHODS = "GET, POST, PUT, DELETE"
ALLOWED_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID"
EXPOSED_HEADERS = (
    "ETag, Link, Location, Retry-After, RateLimit, RateLimit-Policy, RateLimit-Limit, RateLimit-Remaining, "
    "RateLimit-Reset, Verbatim-Shown, X-Request-ID"
)
PREFLIGHT_MAX_AGE_S = 600


def add_headers(response: Response) -> None:
    allowed, origin = site.current().settings.cors_origins, request.headers.get("Origin")
    if not allowed or origin is None:
        return
    response.headers.add("Vary", "Origin")
    if origin not in allowed:
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = ALLOWED_METHODS
        response.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
        response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_MAX_AGE_S)

"""How often one person or one address may write. Reading isn't limited.

Counts are kept in memory, so each web worker counts by itself.
"""

import time

from flask import Flask, Response, request
from flask_limiter import Limiter, RequestLimit
from flask_limiter.util import get_remote_address
from flask_login import current_user

BY_ADDRESS = {"accounts.register": "30 per minute", "accounts.log_in": "20 per minute"}
BY_PERSON = {"posts.preview": "600 per minute"}
WRITES = "120 per minute"
_LIMITS = BY_ADDRESS | BY_PERSON


def start(app: Flask) -> None:
    limiter = Limiter(
        _who,
        app=app,
        application_limits=[lambda: _LIMITS.get(request.endpoint or "", WRITES)],
        storage_uri="memory://",
    )
    # The API counts by token (api/limits.py).
    limiter.request_filter(lambda: request.method != "POST" or request.blueprint == "api")
    app.extensions["retry_after"] = lambda: _seconds(limiter.current_limit)


def retry_after(app: Flask, response: Response) -> None:
    """Says in how many seconds writing is possible again."""
    response.headers["Retry-After"] = str(app.extensions["retry_after"]())


def _who() -> str:
    kind = request.endpoint if request.endpoint in _LIMITS else "write"
    person = None if kind in BY_ADDRESS else current_user.handle
    return f"{kind}:{person or get_remote_address()}"


def _seconds(limit: RequestLimit | None) -> int:
    return max(1, int(limit.reset_at - time.time())) if limit else 60

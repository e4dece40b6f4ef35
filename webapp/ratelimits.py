"""How often one person or one address may write. Reading isn't limited, and costs nothing here.

Counts are kept in memory, so each web worker counts by itself.
"""

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user

LIMITS = {"accounts.register": "30 per minute", "accounts.log_in": "20 per minute", "posts.preview": "600 per minute"}
WRITES = "120 per minute"
_BY_ADDRESS = frozenset({"accounts.register", "accounts.log_in"})


def start(app: Flask) -> None:
    limiter = Limiter(
        _who,
        app=app,
        application_limits=[_limit],
        application_limits_per_method=False,
        storage_uri="memory://",
        auto_check=False,
        headers_enabled=False,
    )

    @app.before_request
    def check() -> None:
        if request.method == "POST":
            limiter.check()


def _limit() -> str:
    return LIMITS.get(request.endpoint or "", WRITES)


def _who() -> str:
    kind = request.endpoint if request.endpoint in LIMITS else "write"
    person = None if kind in _BY_ADDRESS else current_user.handle
    return f"{kind}:{person or get_remote_address()}"

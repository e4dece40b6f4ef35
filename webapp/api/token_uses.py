"""When a token was last used, for its owner to see: noted at most once a minute, and never in a call's way."""

import time

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from operational import token_uses
from webapp.site import database

RECORD_INTERVAL_S = 60
_MAX_REMEMBERED = 10_000


def record(token: str) -> None:
    recorded: dict[str, float] = current_app.extensions.setdefault("api_token_uses", {})
    now = time.monotonic()
    if now - recorded.get(token, -RECORD_INTERVAL_S) < RECORD_INTERVAL_S:
        return
    if len(recorded) >= _MAX_REMEMBERED:
        recorded.clear()
    recorded[token] = now
    try:
        token_uses.record(database.control(), token)
    except SQLAlchemyError as error:
        current_app.logger.warning("api tokens: the use of a token wasn't recorded: %s", error)

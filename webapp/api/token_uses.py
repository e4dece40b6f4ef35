"""When a token was last used, for its owner to see: noted at most once a minute, and never in a call's way."""

import time

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from operational import token_uses
from webapp.site import database

EVERY_S = 60
_MOST = 10_000


def note(token: str) -> None:
    noted: dict[str, float] = current_app.extensions.setdefault("api_token_uses", {})
    now = time.monotonic()
    if now - noted.get(token, -EVERY_S) < EVERY_S:
        return
    if len(noted) >= _MOST:
        noted.clear()
    noted[token] = now
    try:
        token_uses.note(database.control(), token)
    except SQLAlchemyError as error:
        current_app.logger.warning("a token's use wasn't noted: %s", error)

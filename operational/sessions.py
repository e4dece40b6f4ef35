"""Login sessions: a random token in the browser, its hash in the control database, so that the server can end one."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import Engine, bindparam, delete, select

from domain.ids import from_now, now
from readmodel.engine import bulk
from readmodel.engine.connections import Control, changing, looking

from .tables import sessions

SESSION_LIFETIME = timedelta(days=30)

_FIND = select(sessions.c.account).where(
    sessions.c.token == bindparam("hashed"), sessions.c.expires_at > bindparam("at")
)
_THOSE = select(sessions.c.token, sessions.c.expires_at).where(
    sessions.c.token.in_(bindparam("values", expanding=True))
)


class SqlSessions:
    """Keeps sessions in the control database. Times are ISO 8601 UTC text."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(self, account: str) -> str:
        """Starts a session of 30 days and returns its token, 43 characters; deletes expired ones."""
        token = secrets.token_urlsafe(32)
        ends = from_now(SESSION_LIFETIME)
        with changing(self._engine) as connection:
            connection.execute(delete(sessions).where(sessions.c.expires_at < now()))
            connection.execute(
                sessions.insert().values(token=_hashed(token), account=account, opened_at=now(), expires_at=ends)
            )
        return token

    def find(self, token: str, control: Control | None = None) -> str | None:
        """The account of a session that hasn't ended, or None. control: by a request's own connection."""
        with looking(control or self._engine) as connection:
            return connection.execute(_FIND, {"hashed": _hashed(token), "at": now()}).scalar_one_or_none()

    def ended(self, tokens: Collection[str]) -> set[str]:
        """Those whose session has ended, in one look."""
        hashed = {_hashed(token): token for token in tokens}
        with looking(self._engine) as connection:
            at, rows = now(), bulk.select_in(connection, _THOSE, list(hashed))
            return {*tokens} - {hashed[row.token] for row in rows if row.expires_at > at}

    def close(self, token: str) -> None:
        with changing(self._engine) as connection:
            connection.execute(delete(sessions).where(sessions.c.token == _hashed(token)))

    def close_all(self, account: str) -> None:
        """Ends every session of somebody, wherever it is."""
        with changing(self._engine) as connection:
            connection.execute(delete(sessions).where(sessions.c.account == account))


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()

"""The filters of the moderation log as an address has them. The query itself refuses what isn't one."""

from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import request

from domain.text import handle_key
from readmodel.engine.views import Key
from readmodel.moderation.log_pages import ModerationLog

NAMES = ("kind", "moderator", "subject", "from", "to")


class Filters(NamedTuple):
    """Each "" for any, in the order of NAMES."""

    kind: str
    moderator: str
    subject: str
    first_day: str
    last_day: str

    def address(self, path: str, **more: str) -> str:
        """Where the log is under these filters, at the path of its page, its feed or its call of the API."""
        named = {name: value for name, value in zip(NAMES, self, strict=True) if value}
        query = urlencode(named | more, errors="replace")
        return f"{path}?{query}" if query else path

    def query(self, after: Key | None = None) -> ModerationLog:
        asked: dict[str, Any] = {name: value or None for name, value in self._asdict().items()}
        return ModerationLog(**asked, after=after)


def asked() -> Filters:
    """Those of the request at hand. An empty field of the form is no filter."""
    given = {name: request.args.get(name, "").strip() for name in NAMES}
    return Filters(*(given | {"moderator": handle_key(given["moderator"])}).values())

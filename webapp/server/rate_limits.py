"""How often one person or one address may write, and search. Other reading isn't limited.

webapp/api/rate_limits.py has those of the API.
"""

from flask import Flask, Response, g, request
from flask_login import current_user
from werkzeug.exceptions import TooManyRequests

from webapp.site import site
from webapp.site.rate_counters import Counts, Limit, Window

from . import addresses

BY_ADDRESS = {"accounts.register": Limit(30, 60), "accounts.log_in": Limit(20, 60)}
BY_PERSON = {"posts.preview": Limit(600, 60)}
WRITES = Limit(120, 60)
REPORTS_OF_PERSON, REPORTS_OF_ADDRESS = Limit(30, 3600), Limit(60, 3600)
"""Of pages and programs together."""
SEARCHES = {"search.show": Limit(600, 60), "people.index": Limit(600, 60)}
"""Somebody who types quickly asks five times a second."""


def init_app(app: Flask) -> None:
    app.before_request(_check)


def counted(limit: Limit, who: str) -> Window | None:
    """Counts one more; None where nothing is limited. Also the answer's to tell: `g.rate_window`."""
    counts = site.current().counts
    if counts is None:
        return None
    window: Window = counts.hit(limit, who)
    g.rate_window = window
    return window


def address() -> str:
    """Where a request comes from, as attempts are counted."""
    return addresses.counted(request.remote_addr or "")


def exceeds_reports(account: str | None) -> bool:
    """Counts one more report, against whoever files it and the address that it comes from; None: a stranger."""
    limits = [(REPORTS_OF_PERSON, f"reports:person:{account}")] if account else []
    limits.append((REPORTS_OF_ADDRESS, f"reports:address:{address()}"))
    windows = (counted(limit, who) for limit, who in limits)
    return any(window is not None and window.over for window in windows)


def exceeds_searches(counts: Counts, endpoint: str, remote_address: str) -> bool:
    """Counts one more page for somebody who isn't logged in, where it is a search; for answers without Flask."""
    limit = SEARCHES.get(endpoint)
    return limit is not None and counts.hit(limit, f"{endpoint}:{addresses.counted(remote_address)}").over


def again_s() -> int:
    """In how many seconds it is possible again; at least two, as a sentence can say that in any language."""
    window: Window | None = g.get("rate_window")
    return max(2, window.reset_s if window else 60)


def retry_after(response: Response) -> None:
    response.headers["Retry-After"] = str(again_s())


def _check() -> None:
    if request.endpoint == "reporting.file" and request.method == "POST":
        if exceeds_reports(current_user.account):
            raise TooManyRequests
        return
    limit = _limit()
    if limit is None:
        return
    windows = [counted(limit, who) for who in _who()]
    if any(window is not None and window.over for window in windows):
        raise TooManyRequests


def _limit() -> Limit | None:
    endpoint = request.endpoint or ""
    if request.method != "POST":
        return SEARCHES.get(endpoint)
    return BY_ADDRESS.get(endpoint) or BY_PERSON.get(endpoint) or WRITES


def _who() -> list[str]:
    """Whom this request is counted for."""
    endpoint = request.endpoint or ""
    kind = endpoint if any(endpoint in limits for limits in (BY_ADDRESS, BY_PERSON, SEARCHES)) else "write"
    person = None if endpoint in BY_ADDRESS else current_user.account
    return [f"{kind}:{person or address()}"]

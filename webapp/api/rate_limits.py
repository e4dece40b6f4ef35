"""Rate limits of the API: how often one token, and one address without a token, may call."""

from flask import Response, g

from webapp.server.rate_limits import address, counted, exceeds_reports
from webapp.site.rate_counters import Limit, Window

from .authentication import Caller
from .errors import TooMany
from .operations import Operation

READS_OF_TOKEN, WRITES_OF_TOKEN = Limit(3000, 60), Limit(600, 60)
CALLS_OF_ADDRESS = Limit(6000, 60)
"""Whatever tokens come from it: nobody tries tokens out faster than that."""
BY_OPERATION = {
    "register_account": Limit(30, 60),
    "make_token": Limit(20, 60),
    "change_password": Limit(20, 60),
    "leave": Limit(20, 60),
    "rebuild": Limit(6, 3600),
}


def count_address() -> None:
    """Counts a call before its token is looked at. Raises TooMany."""
    _count(CALLS_OF_ADDRESS, f"api:address:{address()}", "address")


def count(operation: Operation, caller: Caller | None) -> None:
    """Counts a call of this operation against its token, else its address. Raises TooMany."""
    limit = BY_OPERATION.get(operation.name) or (WRITES_OF_TOKEN if operation.command else READS_OF_TOKEN)
    kind = operation.name if operation.name in BY_OPERATION else operation.command
    who = f"token:{caller.token}" if caller else f"address:{address()}"
    policy = kind if isinstance(kind, str) else "writes" if kind else "reads"
    _count(limit, f"api:{kind}:{who}", policy)


def count_report(caller: Caller) -> None:
    """Counts a report against whoever calls, by any token, and the address. Raises TooMany."""
    g.rate_policy = "reports"
    if exceeds_reports(caller.account):
        raise TooMany(g.rate_window.reset_s)


def add_headers(response: Response) -> None:
    """The limit that this call was counted against last, which is its narrowest: as draft 10 of
    ietf-httpapi-ratelimit-headers has it, and in the three headers of draft 07, which are deprecated."""
    window: Window | None = g.get("rate_window")
    if window is not None:
        policy = g.get("rate_policy", "default")
        response.headers["RateLimit-Policy"] = f'"{policy}";q={window.limit};w={window.seconds}'
        response.headers["RateLimit"] = f'"{policy}";r={window.remaining};t={window.reset_s}'
        response.headers["RateLimit-Limit"] = str(window.limit)
        response.headers["RateLimit-Remaining"] = str(window.remaining)
        response.headers["RateLimit-Reset"] = str(window.reset_s)


def _count(limit: Limit, who: str, policy: str) -> None:
    g.rate_policy = policy
    window = counted(limit, who)
    if window is not None and window.over:
        raise TooMany(window.reset_s)

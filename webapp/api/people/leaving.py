"""Leaving: begun by oneself or an admin, taken back by an admin, and its receipt."""

from domain.errors import Invalid, NotFound, WrongPassword
from domain.handle import ReleaseHandle
from domain.ids import now
from domain.rights import require_active, require_admin
from operational.departures import Departure
from webapp.api import pagination
from webapp.api.operations import Call, Operation, Reply, location
from webapp.api.schema import leaving_bodies, request_bodies, response_bodies
from webapp.site import auth, leaving, site

UNFINDABLE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


def leave(call: Call) -> Reply:
    """Leave this site. For a while logging in brings everything back; then what is yours is erased. Until then your
    tokens don't hold, but for this call sent again."""
    wanted: leaving_bodies.Leave = call.body
    try:
        auth.verify_current_password(call.caller.account, wanted.password)
    except Invalid as error:
        raise WrongPassword("This is not your password as it is now.") from error
    return _begun(call, call.caller.account, wanted.words, tuple(wanted.exceptions))


def close_account(call: Call) -> Reply:
    """Close somebody's account, as if they left. For admins."""
    wanted: leaving_bodies.CloseAccount = call.body
    account = site.current().bus.aggregates().account_named(call.ids["handle"]).id
    leaving.require_other(account, call.caller.account)
    return _begun(call, account, wanted.words, (), wanted.reason)


def take_leaving_back(call: Call) -> Reply:
    """Bring somebody back who leaves, or whose account is being closed. For admins."""
    account = site.current().bus.aggregates().account_named(call.ids["handle"]).id
    receipt = call.send(leaving.take_back(account))
    return pagination.versioned(receipt)


def show_receipt(call: Call) -> Reply:
    """What became of somebody's leaving. Whoever has the address sees it; it says nothing of whose it is."""
    found = leaving.receipt(call.ids["id"])
    if found is None:
        raise NotFound("There is no such receipt.")
    query: leaving_bodies.Commits = call.query
    commits, next = leaving.commits(found, query.after)
    body = leaving_bodies.Receipt(
        id=found.id, state=found.state, until=found.until, ended_at=found.ended_at, counts=dict(found.counts),
        commits=commits, next=next,
    )  # fmt: skip
    return Reply(body, UNFINDABLE | pagination.links(next))


def release_handle(call: Call) -> Reply:
    """Set a handle free at once, whose owner left or is called otherwise now. For admins."""
    account = site.current().bus.aggregates().account(call.caller.account).as_of(now())
    require_active(account)
    require_admin(account)
    return pagination.accepted(call.send(ReleaseHandle(handle=call.ids["handle"], now=now())))


def _begun(call: Call, account: str, words: str, exceptions: tuple[str, ...], reason: str = "") -> Reply:
    found = leaving.begin(account, words, exceptions, reason, call.send)
    return Reply(_begun_body(found), location(f"/receipts/{found.id}"))


def _begun_body(found: Departure) -> leaving_bodies.Leaving:
    return leaving_bodies.Leaving(receipt=found.id, until=found.until, state=found.state)


OPERATIONS = (
    Operation(
        method="POST", path="/me/leave", handler=leave, scope="write", while_leaving=True,
        body=leaving_bodies.Leave, query=request_bodies.Waiting,
        answer=leaving_bodies.Leaving, status=202, refusals=(409,),
    ),
    Operation(
        method="POST", path="/accounts/{handle}/leave", handler=close_account, scope="moderate",
        body=leaving_bodies.CloseAccount, query=request_bodies.Waiting,
        answer=leaving_bodies.Leaving, status=202, conditional=True, refusals=(409,),
    ),
    Operation(
        method="DELETE", path="/accounts/{handle}/leave", handler=take_leaving_back, scope="moderate",
        query=request_bodies.Waiting, answer=response_bodies.Accepted, conditional=True, refusals=(409,),
    ),
    Operation(
        method="GET", path="/receipts/{id}", handler=show_receipt, scope=None, public=True,
        query=leaving_bodies.Commits, answer=leaving_bodies.Receipt,
    ),
    Operation(
        method="DELETE", path="/handles/{handle}", handler=release_handle, scope="moderate",
        query=request_bodies.Waiting, answer=response_bodies.Accepted, refusals=(409,),
    ),
)  # fmt: skip

"""What moderators and admins do to accounts, and the log of what they did."""

from domain.account import EraseProfile, GrantRole, ReinstateAccount, RevokeRole, SuspendAccount
from domain.errors import Forbidden
from readmodel.engine.queries import FindPosts, Moderations, RemovedComments
from webapp.site.database import ask

from . import pagination
from .operations import Call, Operation, Reply
from .schema import request_bodies, response_bodies


def suspend_account(call: Call) -> Reply:
    """Suspend somebody: they can change nothing until reinstated."""
    return pagination.accepted(call.send(SuspendAccount(handle=call.ids["handle"], reason=call.body.reason)))


def reinstate_account(call: Call) -> Reply:
    """Reinstate somebody suspended."""
    return pagination.accepted(call.send(ReinstateAccount(handle=call.ids["handle"], reason=call.body.reason)))


def erase_profile(call: Call) -> Reply:
    """Take somebody's name and words about themselves out of the store, for good. For admins."""
    return pagination.accepted(call.send(EraseProfile(handle=call.ids["handle"], reason=call.body.reason)))


def grant_role(call: Call) -> Reply:
    """Give somebody a role: moderator or admin. For admins."""
    return pagination.accepted(call.send(GrantRole(handle=call.ids["handle"], role=call.ids["role"])))


def revoke_role(call: Call) -> Reply:
    """Take a role from somebody. For admins."""
    return pagination.accepted(call.send(RevokeRole(handle=call.ids["handle"], role=call.ids["role"])))


def list_moderations(call: Call) -> Reply:
    """What moderators and admins did to others' things and accounts, newest first."""
    _moderator(call)
    listing, query = "api:moderations", call.query
    found = ask(Moderations(after=pagination.after(listing, query.after), limit=query.limit))
    return pagination.page(listing, found)


def list_removed_posts(call: Call) -> Reply:
    """Removed posts, newest first."""
    _moderator(call)
    listing, query = "api:removed-posts", call.query
    after = pagination.after(listing, query.after)
    return pagination.page(listing, ask(FindPosts(removed=True, after=after, limit=query.limit)))


def list_removed_comments(call: Call) -> Reply:
    """Removed comments with their words, newest first."""
    _moderator(call)
    listing, query = "api:removed-comments", call.query
    found = ask(RemovedComments(after=pagination.after(listing, query.after), limit=query.limit))
    return pagination.page(listing, found)


def _moderator(call: Call) -> None:
    if not call.caller.is_moderator():
        raise Forbidden("Only moderators see this.")


OPERATIONS = (
    *(
        Operation(
            method=method, path=path, handler=handler, scope="moderate",
            body=body, query=request_bodies.Waiting, answer=response_bodies.Accepted, refusals=(409,),
        )
        for method, path, handler, body in (
            ("POST", "/accounts/{handle}/suspend", suspend_account, request_bodies.OwedWhy),
            ("POST", "/accounts/{handle}/reinstate", reinstate_account, request_bodies.Why),
            ("POST", "/accounts/{handle}/erase", erase_profile, request_bodies.OwedWhy),
            ("PUT", "/accounts/{handle}/roles/{role}", grant_role, None),
            ("DELETE", "/accounts/{handle}/roles/{role}", revoke_role, None),
        )
    ),
    *(
        Operation(
            method="GET", path=path, handler=handler, scope="moderate",
            query=request_bodies.Listing, answer=answer,
        )
        for path, handler, answer in (
            ("/moderation/log", list_moderations, response_bodies.Page[response_bodies.Step]),
            ("/moderation/posts", list_removed_posts, response_bodies.Page[response_bodies.Post]),
            ("/moderation/comments", list_removed_comments, response_bodies.Page[response_bodies.Comment]),
        )
    ),
)  # fmt: skip

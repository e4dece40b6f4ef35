"""Roles of accounts, the log of what moderators did, and what is removed. What they do is in acts.py."""

from domain.account import GrantRole, RevokeRole
from domain.errors import Forbidden
from readmodel.engine.queries import FindPosts, Moderations, RemovedComments
from webapp.site.database import ask

from . import pagination
from .operations import Call, Operation, Reply
from .schema import request_bodies, response_bodies


def grant_role(call: Call) -> Reply:
    """Give somebody a role: moderator or admin. For admins. Say why: it stands in the log."""
    command = GrantRole(handle=call.ids["handle"], role=call.ids["role"], reason=call.body.reason)
    return pagination.versioned(call.send(command))


def revoke_role(call: Call) -> Reply:
    """Take a role from somebody. For admins. Say why: it stands in the log."""
    command = RevokeRole(handle=call.ids["handle"], role=call.ids["role"], reason=call.body.reason)
    return pagination.versioned(call.send(command))


def list_moderations(call: Call) -> Reply:
    """What moderators and admins did to others' things and accounts, newest first."""
    _moderator(call)
    query = call.query
    found = ask(Moderations(after=pagination.after(call), limit=query.limit))
    return pagination.page(call, found)


def list_removed_posts(call: Call) -> Reply:
    """Removed posts, newest first."""
    _moderator(call)
    query = call.query
    after = pagination.after(call)
    return pagination.page(call, ask(FindPosts(removed=True, after=after, limit=query.limit)))


def list_removed_comments(call: Call) -> Reply:
    """Removed comments with their words, newest first."""
    _moderator(call)
    query = call.query
    found = ask(RemovedComments(after=pagination.after(call), limit=query.limit))
    return pagination.page(call, found)


def _moderator(call: Call) -> None:
    if not call.caller.is_moderator():
        raise Forbidden("Only moderators see this.")


OPERATIONS = (
    *(
        Operation(
            method=method, path="/accounts/{handle}/roles/{role}", handler=handler, scope="moderate",
            body=request_bodies.Why, query=request_bodies.Waiting, answer=response_bodies.Accepted, conditional=True,
            refusals=(409,),
        )
        for method, handler in (
            ("PUT", grant_role),
            ("DELETE", revoke_role),
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

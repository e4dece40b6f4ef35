"""What moderators and admins do to accounts, and the log of what they did."""

from domain.account import EraseProfile, GrantRole, ReinstateAccount, RevokeRole, SuspendAccount
from domain.errors import Forbidden
from readmodel.queries import FindPosts, Moderations, RemovedComments
from webapp.database import ask

from . import answers, pages, requests
from .operations import Call, Operation, Reply


def suspend_account(call: Call) -> Reply:
    """Suspend somebody: they can change nothing until reinstated."""
    return pages.accepted(call.send(SuspendAccount(handle=call.ids["handle"], reason=call.body.reason)))


def reinstate_account(call: Call) -> Reply:
    """Reinstate somebody suspended."""
    return pages.accepted(call.send(ReinstateAccount(handle=call.ids["handle"], reason=call.body.reason)))


def erase_profile(call: Call) -> Reply:
    """Take somebody's name and words about themselves out of the store, for good. For admins."""
    return pages.accepted(call.send(EraseProfile(handle=call.ids["handle"], reason=call.body.reason)))


def grant_role(call: Call) -> Reply:
    """Give somebody a role: moderator or admin. For admins."""
    return pages.accepted(call.send(GrantRole(handle=call.ids["handle"], role=call.ids["role"])))


def revoke_role(call: Call) -> Reply:
    """Take a role from somebody. For admins."""
    return pages.accepted(call.send(RevokeRole(handle=call.ids["handle"], role=call.ids["role"])))


def list_moderations(call: Call) -> Reply:
    """What moderators and admins did to others' things and accounts, newest first."""
    _moderator(call)
    listing, query = "api:moderations", call.query
    found = ask(Moderations(after=pages.after(listing, query.after), limit=query.limit))
    return pages.page(listing, found)


def list_removed_posts(call: Call) -> Reply:
    """Removed posts, newest first."""
    _moderator(call)
    listing, query = "api:removed-posts", call.query
    after = pages.after(listing, query.after)
    return pages.page(listing, ask(FindPosts(removed=True, after=after, limit=query.limit)))


def list_removed_comments(call: Call) -> Reply:
    """Removed comments with their words, newest first."""
    _moderator(call)
    listing, query = "api:removed-comments", call.query
    found = ask(RemovedComments(after=pages.after(listing, query.after), limit=query.limit))
    return pages.page(listing, found)


def _moderator(call: Call) -> None:
    if not call.caller.is_moderator():
        raise Forbidden("Only moderators see this.")


OPERATIONS = (
    *(
        Operation(
            method=method, path=path, handler=handler, scope="moderate",
            body=body, query=requests.Waiting, answer=answers.Accepted, refusals=(409,),
        )
        for method, path, handler, body in (
            ("POST", "/accounts/{handle}/suspend", suspend_account, requests.OwedWhy),
            ("POST", "/accounts/{handle}/reinstate", reinstate_account, requests.Why),
            ("POST", "/accounts/{handle}/erase", erase_profile, requests.OwedWhy),
            ("PUT", "/accounts/{handle}/roles/{role}", grant_role, None),
            ("DELETE", "/accounts/{handle}/roles/{role}", revoke_role, None),
        )
    ),
    *(
        Operation(
            method="GET", path=path, handler=handler, scope="moderate",
            query=requests.Listing, answer=answer,
        )
        for path, handler, answer in (
            ("/moderation/log", list_moderations, answers.Page[answers.Step]),
            ("/moderation/posts", list_removed_posts, answers.Page[answers.Post]),
            ("/moderation/comments", list_removed_comments, answers.Page[answers.Comment]),
        )
    ),
)  # fmt: skip

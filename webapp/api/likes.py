"""Likes of posts and comments: putting one there twice is once."""

from domain.like import Like, Unlike

from .operations import Call, Operation, Reply
from .schema import request_bodies, response_bodies


def like_post(call: Call) -> Reply:
    """Like a post."""
    return _said(call, Like, "post")


def unlike_post(call: Call) -> Reply:
    """Take your like of a post back."""
    return _said(call, Unlike, "post")


def like_comment(call: Call) -> Reply:
    """Like a comment."""
    return _said(call, Like, "comment")


def unlike_comment(call: Call) -> Reply:
    """Take your like of a comment back."""
    return _said(call, Unlike, "comment")


def _said(call: Call, kind: type[Like | Unlike], thing: str) -> Reply:
    id = call.ids["id"]
    receipt = call.send(kind(target=f"{thing}-{id}"))
    return Reply(response_bodies.Liking(id=id, version=receipt.version, liked=kind is Like))


OPERATIONS = tuple(
    Operation(
        method=method, path=path, handler=handler, scope="write",
        query=request_bodies.Waiting, answer=response_bodies.Liking, refusals=(409, 410),
    )
    for method, path, handler in (
        ("PUT", "/posts/{id}/like", like_post),
        ("DELETE", "/posts/{id}/like", unlike_post),
        ("PUT", "/comments/{id}/like", like_comment),
        ("DELETE", "/comments/{id}/like", unlike_comment),
    )
)  # fmt: skip

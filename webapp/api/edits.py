"""Edits of posts and comments: one whose If-Match is stale is refused with both texts, also where they are the same."""

from collections.abc import Callable, Mapping

from domain.aggregates import Aggregates
from domain.comment import EditComment
from domain.errors import Stale, StaleEdit
from domain.messages import Receipt
from domain.post import EditPost
from webapp.site import site

from .operations import Call


def send_post_edit(call: Call, command: EditPost) -> Receipt:
    def current(aggregates: Aggregates) -> dict[str, str]:
        post = aggregates.post(command.post)
        return {"title": post.title, "body": post.body, "url": post.url}

    return _send(call, command, current)


def send_comment_edit(call: Call, command: EditComment) -> Receipt:
    return _send(call, command, lambda aggregates: {"body": aggregates.comment(command.comment).body})


def _send(call: Call, command: EditPost | EditComment, current: Callable[[Aggregates], Mapping[str, str]]) -> Receipt:
    try:
        return call.send(command)
    except StaleEdit:
        raise
    except Stale as stale:
        # It would have changed nothing: both texts are the one that stands.
        text = current(site.current().bus.aggregates())
        raise StaleEdit(version=stale.version, current=text, yours=text) from stale

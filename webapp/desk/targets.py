"""What a report or a case is about, as pages show it: its words, whose it is, where it is."""

from typing import NamedTuple

from flask import url_for

from domain.errors import NotFound, Removed
from domain.moderation.targets import Target, parse
from readmodel.comments import CommentView
from readmodel.engine.queries import CommentById, PostById
from readmodel.posts import PostView
from webapp.pages import threads
from webapp.site import handles, site
from webapp.site.database import ask


class Shown(NamedTuple):
    """version: which brought these words, or saw them. own_name: of the account that it is, or whose it is."""

    target: Target
    title: str
    body: str
    version: int
    author: str
    href: str

    @property
    def stream(self) -> str:
        return self.target.stream


def from_address(named: str) -> Target:
    """The target of an address, in which an account is named by its handle or its id. Raises NotFound."""
    kind, _, name = named.partition("-")
    if kind == "account":
        name = site.current().bus.aggregates().account_named(name).id
    return parse(f"{kind}-{name}")


def open_to_viewer(target: Target) -> Shown:
    """The target, for somebody who may see it. Raises NotFound and Removed."""
    match target.kind:
        case "post":
            post = threads.post(target.id)
            if post.removed:
                raise Removed("This was removed, so it can't be reported any more.")
            return _of_post(target, post)
        case "comment":
            comment = threads.comment(target.id)
            if comment.removed:
                raise Removed("This was removed, so it can't be reported any more.")
            return _of_comment(target, comment)
    found = _of_account(target)
    if found is None:
        raise NotFound("Nobody here has this handle.")
    return found


def find(stream: str) -> Shown | None:
    """The target as it is today, for staff; None where there is none."""
    target = parse(stream)
    match target.kind:
        case "post":
            post = ask(PostById(post=target.id))
            return _of_post(target, post) if post else None
        case "comment":
            comment = ask(CommentById(comment=target.id))
            return _of_comment(target, comment) if comment else None
    return _of_account(target)


def href(stream: str) -> str:
    """Where a target is. An account without a handle has no page."""
    target = parse(stream)
    if target.kind != "account":
        return f"/{target.kind}s/{target.id}"
    handle = site.current().bus.aggregates().called(target.id)
    return url_for("authors.show", handle=handle)


def _of_post(target: Target, post: PostView) -> Shown:
    return Shown(target, post.title, post.body, post.version, post.author, f"/posts/{post.id}")


def _of_comment(target: Target, comment: CommentView) -> Shown:
    return Shown(target, "", comment.body, comment.version, comment.author, f"/comments/{comment.id}")


def _of_account(target: Target) -> Shown | None:
    """words_version, since what moderators note down raises the account's own."""
    account = site.current().bus.aggregates().account(target.id)
    if not account.exists or not account.handle or account.leaving or account.closed:
        return None
    view = handles.holder(account.handle)
    title = (view.name if view else "") or account.handle
    return Shown(
        target, title, view.bio if view else "", account.words_version or 1, account.handle, f"/@{account.handle}"
    )

"""Marks in answers what the viewer likes. They are made for strangers, and so can serve everybody before."""

from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection

from domain import comment, post

from .comments import CommentView
from .engine.views import Page
from .likes import liked
from .posts import PostView

View = PostView | CommentView


def marked(connection: Connection, viewer: str, answer: Page[View] | View | None) -> Page[View] | View | None:
    """The answer of a LikeableQuery, with `liked` as it is for this viewer; one statement for all of a page."""
    if isinstance(answer, Page):
        return replace(answer, items=_marked(connection, viewer, answer.items))
    return _marked(connection, viewer, [answer])[0] if answer else None


def _marked(connection: Connection, viewer: str, views: list[View]) -> list[View]:
    mine = liked(connection, viewer, map(_target, views))
    return [replace(one, liked=True) if _target(one) in mine else one for one in views] if mine else views


def _target(view: Any) -> str:
    return post.stream(view.id) if isinstance(view, PostView) else comment.stream(view.id)

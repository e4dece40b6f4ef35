"""Who may see what was removed. One rule, as conditions of lists and as a question about one thing.

Lists leave out for everybody what is removed, and what stands in a removed thread. One thing is seen by its author and
by moderators though it is removed; what stands in a removed thread only by those who see the thread.
"""

from collections.abc import Callable

from sqlalchemy import Column, ColumnElement, Integer, exists, false, true, type_coerce

from .posts import posts

Moderates = Callable[[], bool]
"""Whether whoever looks is a moderator; asked where it matters."""


_threads = posts.alias("threads")


def post_stands() -> ColumnElement[bool]:
    return posts.c.removed == false()


def comment_stands(removed: Column[bool], post: Column[str]) -> ColumnElement[bool]:
    """Of a row of comments, by its columns."""
    return (removed == false()) & thread_stands(post)


def comment_stands_in_thread(removed: Column[bool]) -> ColumnElement[bool]:
    """Of a row of a thread whose post was looked at already, in a form that no planner takes for a reason to walk the
    index of removed comments."""
    return type_coerce(removed, Integer) + 0 == 0


def thread_stands(post: Column[str]) -> ColumnElement[bool]:
    """Also where the post itself hasn't come yet."""
    return ~exists().where(_threads.c.id == post, _threads.c.removed == true())


def sees(removed: bool, author: str, viewer: str | None, moderates: Moderates) -> bool:
    """Whether the viewer may see one thing's words, in a thread that they may see."""
    return not removed or viewer == author or moderates()

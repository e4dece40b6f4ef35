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


def post_is_listed() -> ColumnElement[bool]:
    """The condition that lists show a row of posts."""
    return posts.c.removed == false()


def comment_is_listed(removed: Column[bool], post: Column[str]) -> ColumnElement[bool]:
    """The condition that lists show a row of comments, whose columns these are."""
    return (removed == false()) & thread_is_listed(post)


def comment_is_listed_in_thread(removed: Column[bool]) -> ColumnElement[bool]:
    """The same for a thread whose post was looked at already, in a form for which no planner takes the index of
    removed comments."""
    return type_coerce(removed, Integer) + 0 == 0


def thread_is_listed(post: Column[str]) -> ColumnElement[bool]:
    """The condition that a post isn't removed, by a column with its id; true where the post isn't there yet."""
    return ~exists().where(_threads.c.id == post, _threads.c.removed == true())


def sees(removed: bool, author: str, viewer: str | None, moderates: Moderates) -> bool:
    """Whether the viewer may see one thing's words, in a thread that they may see."""
    return not removed or viewer == author or moderates()

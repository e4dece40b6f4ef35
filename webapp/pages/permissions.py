"""Which buttons a page shows to whom. The domain decides again, and alone has the say."""

from flask_login import current_user

from readmodel.engine.views import CommentView, PostView
from webapp.site.auth import person

Thing = PostView | CommentView


def change(thing: Thing) -> bool:
    """Edit and remove: its author and moderators."""
    who = person()
    return who.handle == thing.author or who.is_moderator


def see_removed(thing: Thing) -> bool:
    return change(thing)


def restore(thing: Thing) -> bool:
    """Its author takes back their own removal, a moderator anyone's."""
    own = current_user.handle == thing.author == thing.removed_by
    return thing.removed and bool(own or current_user.is_moderator)


def owe_reason(thing: Thing) -> bool:
    """A moderator says why, where the words are somebody else's."""
    return bool(current_user.handle != thing.author)


def write_in(post: PostView) -> bool:
    """Comment and edit comments in its thread."""
    return bool(current_user.is_authenticated and not post.removed and (not post.locked or current_user.is_moderator))

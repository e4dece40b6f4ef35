"""Permissions of the viewer: which buttons and forms a page shows. The domain decides again, and alone has the say."""

from domain.catalogue import BY_COMMAND, BY_EVENT, forms
from domain.catalogue.act import Act, Undo
from domain.errors import Sentence
from readmodel.comments import CommentView
from readmodel.posts import PostView
from readmodel.visibility import sees
from webapp.site.auth import person

Thing = PostView | CommentView


def kind_of(thing: Thing) -> str:
    return "comment" if isinstance(thing, CommentView) else "post"


def change(thing: Thing) -> bool:
    """Whether the viewer may edit and remove it: its author and moderators."""
    who = person()
    return who.handle == thing.author or who.is_moderator


def report(thing: Thing) -> bool:
    """Whether the viewer may report it to moderators: everybody what stands and isn't their own."""
    return not thing.removed and person().handle != thing.author


def see_text(thing: Thing) -> bool:
    """Whether the viewer may see its text, removed or not: readmodel/visibility.py has the rule."""
    who = person()
    return sees(thing.removed, thing.author, who.handle, lambda: who.is_moderator)


def do(act: Act, thing: Thing) -> bool:
    """Whether the viewer has the right to do the act, whatever state the thing is in."""
    who = person()
    match act.by:
        case "moderator":
            return who.is_moderator
        case "admin":
            return who.is_admin
        case "remover or moderator":
            return who.is_moderator or who.handle == thing.author == thing.removed_by
    return change(thing)


def acts(thing: Thing) -> list[Act]:
    """The acts that get a button: those that would change the thing. A removed one can only be restored."""
    if not change(thing):
        return []
    return [
        act
        for act in forms(kind_of(thing))
        if isinstance(act.undo, Undo)
        and getattr(thing, act.changes) is not act.to
        and (act.changes == "removed" or not thing.removed)
        and do(act, thing)
    ]


def asks_reason(act: Act, thing: Thing) -> bool:
    """Whether the act's form has a field for the reason."""
    if act.form is None:
        return owe_reason(thing)
    return act.form.reason is not None and (act.form.reason.of == "everybody" or owe_reason(thing))


def take_back(thing: Thing, type: str) -> bool:
    """Whether to offer the undo of an event in the thing's history."""
    act = BY_EVENT.get(type)
    if act is None or not isinstance(act.undo, Undo) or (thing.removed and act.to is None):
        return False
    return do(BY_COMMAND[act.undo.command], thing)


def badges(thing: Thing) -> list[Sentence]:
    """The badges of the states that the thing is in, such as Locked."""
    return [act.badge for act in forms(kind_of(thing)) if act.badge and getattr(thing, act.changes) is act.to]


def owe_reason(thing: Thing) -> bool:
    """Whether the viewer has to give a reason: a moderator does for somebody else's text."""
    return person().handle != thing.author


def write_in(post: PostView) -> bool:
    """Whether the viewer may comment and edit comments in the post's thread."""
    who = person()
    return who.is_authenticated and not post.removed and (not post.locked or who.is_moderator)

"""The catalogue of acts: what somebody may do, and all that the site says of it. One row each, checked when it loads.

Forms, buttons, calls of the API, undo, history, log, notifications, the names of events and many tests are made from
these rows; docs/recipes.md says how one is added. In a sentence [] encloses the words of a link.
"""

from domain import account, comment, handle, leaving, like, post, site, token, webhook
from domain.errors import Sentence
from domain.messages import Event
from domain.moderation import appeal, bulk, case, report, standing

from . import account_acts, bulk_acts, site_acts
from .act import Act, Final, Form, Reason, Told, Undo, check

GROUPS: tuple[tuple[type[Event], ...], ...] = (
    post.EVENTS,
    comment.EVENTS,
    like.EVENTS,
    account.EVENTS,
    token.EVENTS,
    report.EVENTS,
    case.EVENTS,
    appeal.EVENTS,
    bulk.EVENTS,
    webhook.EVENTS,
    site.EVENTS,
)


SECRET_TYPES = frozenset(event.type for group in GROUPS for event in group if event.secret)
"""Stored names of events that no list shows: they hold hashes of passwords, digests of tokens, webhooks' addresses, and
what is reported and by whom."""


def by_type() -> dict[str, type[Event]]:
    """Stored name → class. Two classes with one name are a mistake found at start."""
    table: dict[str, type[Event]] = {}
    for event in (event for group in GROUPS for event in group):
        if event.type in table:
            raise ValueError(f"two events are stored as {event.type}")
        table[event.type] = event
    return table


ERASED = Final("What is erased is nowhere any more.")
OWN_TEXT = Final("Removing it is an act of its own.")

ACTS: tuple[Act, ...] = (
    Act(
        subject="post", command=post.NewPost, event=post.PostPublished, by="anyone",
        changes="text", to=None, undo=OWN_TEXT, name=Sentence("Post published"), badge=None, form=None,
        told=Told(
            history=Sentence("%(who)s published this post"), log=Sentence("%(who)s published [a post]"), owner=None,
        ),
    ),
    Act(
        subject="post", command=post.EditPost, event=post.PostEdited, by="author or moderator",
        changes="text", to=None, undo=Undo(post.EditPost, Sentence("Your edit is saved.")),
        name=Sentence("Post edited"), badge=None, form=None,
        told=Told(
            history=Sentence("%(who)s edited this post"), log=Sentence("%(who)s edited [a post]"),
            owner=Sentence("%(who)s edited your post %(thing)s"),
        ),
    ),
    Act(
        subject="post", command=post.LockPost, event=post.PostLocked, by="moderator",
        changes="locked", to=True, undo=Undo(post.UnlockPost, Sentence("The thread is locked.")),
        name=Sentence("Post locked"), badge=Sentence("locked"),
        told=Told(
            history=Sentence("%(who)s locked the thread of this post"),
            log=Sentence("%(who)s locked the thread of [a post]"),
            owner=Sentence("%(who)s locked the thread of your post %(thing)s"),
        ),
        form=Form(
            verb="lock", button=Sentence("Lock"), reason=None, summary="Lock a thread: no new comments, no edits.",
        ),
    ),
    Act(
        subject="post", command=post.UnlockPost, event=post.PostUnlocked, by="moderator",
        changes="locked", to=False, undo=Undo(post.LockPost, Sentence("The thread is open again.")),
        name=Sentence("Post unlocked"), badge=None,
        told=Told(
            history=Sentence("%(who)s unlocked the thread of this post"),
            log=Sentence("%(who)s unlocked the thread of [a post]"),
            owner=Sentence("%(who)s unlocked the thread of your post %(thing)s"),
        ),
        form=Form(verb="unlock", button=Sentence("Unlock"), reason=None, summary="Open a locked thread again."),
    ),
    Act(
        subject="post", command=post.RemovePost, event=post.PostRemoved, by="author or moderator",
        changes="removed", to=True, undo=Undo(post.RestorePost, Sentence("The post is removed.")),
        name=Sentence("Post removed"), badge=None,
        told=Told(
            history=Sentence("%(who)s removed this post"), log=Sentence("%(who)s removed [a post]"),
            owner=Sentence("%(who)s removed your post %(thing)s"),
        ),
        form=Form(
            verb="remove", button=Sentence("Remove"),
            reason=Reason(of="others", required=True, title=Sentence("Remove “%(title)s”")),
            summary="Remove a post. A moderator says why.",
        ),
    ),
    Act(
        subject="post", command=post.RestorePost, event=post.PostRestored, by="remover or moderator",
        changes="removed", to=False, undo=Undo(post.RemovePost, Sentence("The post is back.")),
        name=Sentence("Post restored"), badge=None,
        told=Told(
            history=Sentence("%(who)s restored this post"), log=Sentence("%(who)s restored [a post]"),
            owner=Sentence("%(who)s restored your post %(thing)s"),
        ),
        form=Form(
            verb="restore", button=Sentence("Restore"),
            reason=Reason(of="others", required=False, title=Sentence("Restore “%(title)s”")),
            summary="Restore a removed post: an author what they removed themselves, a moderator anyone's.",
        ),
    ),
    Act(
        subject="post", command=post.PinPost, event=post.PostPinned, by="moderator",
        changes="pinned", to=True, undo=Undo(post.UnpinPost, Sentence("The post is pinned to the top of the feed.")),
        name=Sentence("Post pinned"), badge=Sentence("pinned"),
        told=Told(
            history=Sentence("%(who)s pinned this post to the top of the feed"),
            log=Sentence("%(who)s pinned [a post] to the top of the feed"),
            owner=Sentence("%(who)s pinned your post %(thing)s to the top of the feed"),
        ),
        form=Form(
            verb="pin", button=Sentence("Pin"),
            reason=Reason(of="everybody", required=True, title=Sentence("Pin “%(title)s”")),
            summary="Pin a post to the top of the feed. Three are there at a time: a fourth takes the oldest's place.",
        ),
    ),
    Act(
        subject="post", command=post.UnpinPost, event=post.PostUnpinned, by="moderator",
        changes="pinned", to=False, undo=Undo(post.PinPost, Sentence("The post is unpinned.")),
        name=Sentence("Post unpinned"), badge=None,
        told=Told(
            history=Sentence("%(who)s unpinned this post"), log=Sentence("%(who)s unpinned [a post]"),
            owner=Sentence("%(who)s unpinned your post %(thing)s"),
        ),
        form=Form(verb="unpin", button=Sentence("Unpin"), reason=None, summary="Take a pinned post from the top."),
    ),
    Act(
        subject="post", command=post.ErasePost, event=post.PostErased, by="admin",
        changes="text", to=None, undo=ERASED, name=Sentence("Post erased"), badge=None,
        told=Told(
            history=Sentence("%(who)s erased every text of this post for good"),
            log=Sentence("%(who)s erased every text of [a post] for good"),
            owner=Sentence("%(who)s erased every text of [your post] for good"),
        ),
        form=Form(
            verb="erase", button=Sentence("Erase for good"), reason=Reason(of="everybody", required=True, title=None),
            summary="Take every text that a post ever had out of the store, for good. For admins.",
        ),
    ),
    Act(
        subject="comment", command=comment.AddComment, event=comment.CommentAdded, by="anyone",
        changes="text", to=None, undo=OWN_TEXT, name=Sentence("Comment added"), badge=None, form=None,
        told=Told(
            history=Sentence("%(who)s wrote this comment"), log=Sentence("%(who)s wrote [a comment]"), owner=None,
        ),
    ),
    Act(
        subject="comment", command=comment.EditComment, event=comment.CommentEdited, by="author or moderator",
        changes="text", to=None, undo=Undo(comment.EditComment, Sentence("Your edit is saved.")),
        name=Sentence("Comment edited"), badge=None, form=None,
        told=Told(
            history=Sentence("%(who)s edited this comment"), log=Sentence("%(who)s edited [a comment]"),
            owner=Sentence("%(who)s edited your comment on %(thing)s"),
        ),
    ),
    Act(
        subject="comment", command=comment.RemoveComment, event=comment.CommentRemoved, by="author or moderator",
        changes="removed", to=True, undo=Undo(comment.RestoreComment, Sentence("The comment is removed.")),
        name=Sentence("Comment removed"), badge=None,
        told=Told(
            history=Sentence("%(who)s removed this comment"), log=Sentence("%(who)s removed [a comment]"),
            owner=Sentence("%(who)s removed your comment on %(thing)s"),
        ),
        form=Form(
            verb="remove", button=Sentence("Remove"),
            reason=Reason(of="others", required=True, title=Sentence("Remove what %(who)s said")),
            summary="Remove a comment. A moderator says why.",
        ),
    ),
    Act(
        subject="comment", command=comment.RestoreComment, event=comment.CommentRestored, by="remover or moderator",
        changes="removed", to=False, undo=Undo(comment.RemoveComment, Sentence("The comment is back.")),
        name=Sentence("Comment restored"), badge=None,
        told=Told(
            history=Sentence("%(who)s restored this comment"), log=Sentence("%(who)s restored [a comment]"),
            owner=Sentence("%(who)s restored your comment on %(thing)s"),
        ),
        form=Form(
            verb="restore", button=Sentence("Restore"),
            reason=Reason(of="others", required=False, title=Sentence("Restore the comment by %(who)s")),
            summary="Restore a removed comment: an author what they removed themselves, a moderator anyone's.",
        ),
    ),
    Act(
        subject="comment", command=comment.EraseComment, event=comment.CommentErased, by="admin",
        changes="text", to=None, undo=ERASED, name=Sentence("Comment erased"), badge=None,
        told=Told(
            history=Sentence("%(who)s erased every text of this comment for good"),
            log=Sentence("%(who)s erased every text of [a comment] for good"),
            owner=Sentence("%(who)s erased every text of your comment on %(thing)s for good"),
        ),
        form=Form(
            verb="erase", button=Sentence("Erase for good"), reason=Reason(of="everybody", required=True, title=None),
            summary="Take every text that a comment ever had out of the store, for good. For admins.",
        ),
    ),
    *account_acts.ACTS,
    *bulk_acts.ACTS,
    *site_acts.ACTS,
)  # fmt: skip
NO_ACTS: tuple[type[Event], ...] = (
    account.PasswordSet, *handle.EVENTS, leaving.LeavingBegun, leaving.LeavingTakenBack, *token.EVENTS, *webhook.EVENTS,
    *report.EVENTS, *case.EVENTS, *appeal.EVENTS, *standing.EVENTS,
    bulk.BulkRemovalFinished, bulk.BulkRemovalReversed,
)  # fmt: skip
"""Events that nobody but their owner learns of."""
check(ACTS, NO_ACTS, by_type())

BY_EVENT = {act.event.type: act for act in ACTS}
"""Stored name of the event → its act."""
BY_COMMAND = {act.command: act for act in ACTS}


def forms(subject: str) -> tuple[Act, ...]:
    """The acts on such things that take a reason and nothing else."""
    return tuple(act for act in ACTS if act.subject == subject and act.form)


def changing(subject: str, what: str) -> dict[str, Act]:
    """The acts on such things that change one part of them, by the stored names of their events."""
    return {act.event.type: act for act in ACTS if (act.subject, act.changes) == (subject, what)}

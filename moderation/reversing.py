"""Takes back what a decision did, once it is taken back or overturned on appeal: by compensating commands.

Only acts of that very decision which still stand are taken back. What somebody did since is theirs, and stays.
"""

from collections.abc import Sequence

import msgspec

from domain import account, comment, post
from domain.commit import Commit
from domain.ids import now
from domain.messages import Command
from domain.moderation.case_state import Case
from domain.moderation.decision import Act, RecordReversed
from domain.moderation.standing import VoidMarks
from domain.moderation.suspension import ReinstateAccount
from domain.moderation.targets import TEXTS, parse, text_before

from .carrying_out import act_id
from .parts import POWER, SUSPENSIONS, last_is, restoration
from .sender import Sender, envelope

REMOVALS = frozenset(
    event.type for event in (post.PostRemoved, post.PostRestored, comment.CommentRemoved, comment.CommentRestored)
)
LOCKS = frozenset({post.PostLocked.type, post.PostUnlocked.type})
WRITINGS = TEXTS | {post.PostErased.type, comment.CommentErased.type}
MARKS: frozenset[Act] = frozenset({"warn", "strike"})


class Reversal(msgspec.Struct, frozen=True, kw_only=True):
    """appeal: by which the decision was overturned; "" where it was taken back."""

    target: str
    decision: str
    reason: str
    appeal: str = ""


class NotCarriedOut(Exception):
    """The decision that is to be reversed hasn't been carried out."""


def reverse(sender: Sender, reversal: Reversal, cause: Commit) -> None:
    """cause: the commit that asks for it. Raises Unavailable, Parked, Damaged, NotCarriedOut."""
    case = sender.case(reversal.target)
    made = case.decisions.get(reversal.decision)
    if made is None or made.reversed:
        return
    if not made.carried_out:
        raise NotCarriedOut(reversal.decision)
    acts = {act: commit for act in made.acts if (commit := sender.commit_of(made.by, act_id(reversal.decision, act)))}
    for act in reversed(acts):
        stream = reversal.target if act in ("edit", "remove", "lock") else account.stream(case.author)
        _undo(sender, reversal, act, acts[act], stream, cause, case)
    done = tuple(act for act in acts if sender.commit_of(cause.actor, _undo_id(reversal.decision, act)))
    skipped = tuple(act for act in acts if act not in done)
    record = RecordReversed(
        target=reversal.target, decision=reversal.decision, done=done, skipped=skipped, appeal=reversal.appeal
    )
    sender.record(record, cause, f"{reversal.decision}:reversed")


def _undo_id(decision: str, act: Act) -> str:
    """Of the command that takes an act back; one takes back both marks."""
    return f"{decision}:undo-{'marks' if act in MARKS else act}"


def _undo(
    sender: Sender, reversal: Reversal, act: Act, done: Commit, stream: str, cause: Commit, case: Case
) -> None:  # fmt: skip
    def choose(commits: Sequence[Commit]) -> Command | None:
        if sender.case(reversal.target).decisions[reversal.decision].reversed:
            return None
        return _command(sender, reversal, act, done, commits, case.author)

    sender.act(stream, choose, envelope(cause, cause.actor, _undo_id(reversal.decision, act), POWER))


def _command(
    sender: Sender, reversal: Reversal, act: Act, done: Commit, commits: Sequence[Commit], author: str
) -> Command | None:
    """What takes the act back which this commit did; None where it doesn't stand any more."""
    target, reason = parse(reversal.target), reversal.reason
    match act:
        case "edit":
            return _text_before(sender, reversal, done, commits)
        case "remove" if last_is(done, commits, REMOVALS):
            return restoration(target.stream, reason)
        case "lock" if last_is(done, commits, LOCKS):
            return post.UnlockPost(post=target.id, reason=reason)
        case "warn" | "strike":
            return VoidMarks(handle=author, decision=reversal.decision, reason=reason)
        case "suspend" if last_is(done, commits, SUSPENSIONS):
            return ReinstateAccount(handle=author, reason=reason, now=now())
    return None


def _text_before(sender: Sender, reversal: Reversal, done: Commit, commits: Sequence[Commit]) -> Command | None:
    """An edit back to the text that the decision's took the place of; None where that is erased."""
    if not last_is(done, commits, WRITINGS):
        return None
    before = text_before(commits, done.first)
    if before is None or before[1].erased:
        return None
    target, reason = parse(reversal.target), reversal.reason
    match sender.codec.decode(before[1], before[0]):
        case post.PostPublished(title=title, body=body) | post.PostEdited(title=title, body=body):
            return post.EditPost(post=target.id, version=done.first, title=title, body=body, reason=reason)
        case comment.CommentAdded(body=body) | comment.CommentEdited(body=body):
            return comment.EditComment(comment=target.id, version=done.first, body=body, reason=reason)
    return None

"""Carries a decision out: its acts one after the other, as commands of whoever decided, then the record of them.

What is refused by then is skipped and recorded: it was removed meanwhile, its text changed, a right is gone.
"""

from domain import account, comment, post
from domain.commit import SequencedCommit
from domain.ids import now
from domain.messages import Command
from domain.moderation.decision import Act, CaseDecided, RecordCarriedOut
from domain.moderation.standing import AddStrike, Warn
from domain.moderation.suspension import SuspendAccount
from domain.moderation.targets import parse

from .parts import removal
from .sender import Sender, envelope

TOLD_ONLY: frozenset[Act] = frozenset({"none", "note"})
"""Acts that are done by the decision itself."""
OF_ACCOUNT: frozenset[Act] = frozenset({"warn", "strike", "suspend"})


def carry_out(sender: Sender, decided: CaseDecided, commit: SequencedCommit) -> None:
    """commit: the one of the decision. Raises Unavailable, Parked, Damaged."""
    made = sender.case(decided.target).decisions.get(decided.decision)
    if made is None or made.carried_out:
        return
    roles = sender.roles_at(commit)
    for act in decided.acts:
        if act not in TOLD_ONLY:
            _do(sender, decided, act, commit, roles)
    done = tuple(act for act in decided.acts if act in TOLD_ONLY or is_done(sender, commit.actor, decided, act))
    skipped = tuple(act for act in decided.acts if act not in done)
    record = RecordCarriedOut(target=decided.target, decision=decided.decision, done=done, skipped=skipped)
    sender.record(record, commit, f"{decided.decision}:carried-out")


def act_id(decision: str, act: str) -> str:
    """The id of the command that does it."""
    return f"{decision}:{act}"


def is_done(sender: Sender, actor: str, decided: CaseDecided, act: Act) -> bool:
    return sender.commit_of(actor, act_id(decided.decision, act)) is not None


def _do(sender: Sender, decided: CaseDecided, act: Act, commit: SequencedCommit, roles: frozenset[str]) -> None:
    """Where another process has ended the work meanwhile, nothing more is done."""

    def choose(_commits: object) -> Command | None:
        ended = sender.case(decided.target).decisions[decided.decision].carried_out
        return None if ended else _command(decided, act)

    stream = account.stream(decided.author) if act in OF_ACCOUNT else decided.target
    sender.act(stream, choose, envelope(commit, commit.actor, act_id(decided.decision, act), roles))


def _command(decided: CaseDecided, act: Act) -> Command:
    target, reason, author = parse(decided.target), decided.reason or "", decided.author
    match act, target.kind:
        case "edit", "post":
            return post.EditPost(
                post=target.id, version=decided.text_version, title=decided.title, body=decided.body, reason=reason
            )
        case "edit", "comment":
            return comment.EditComment(
                comment=target.id, version=decided.text_version, body=decided.body, reason=reason
            )
        case "remove", "post" | "comment":
            return removal(target.stream, reason)
        case "lock", "post":
            return post.LockPost(post=target.id, reason=reason)
        case "warn", _:
            return Warn(handle=author, decision=decided.decision, reason=reason)
        case "strike", _:
            return AddStrike(
                handle=author, decision=decided.decision, points=decided.points, expires=decided.strike_expires,
                reason=reason,
            )  # fmt: skip
        case "suspend", _:
            return SuspendAccount(handle=author, reason=reason, until=decided.until, now=now())
    raise TypeError(f"a decision about a {target.kind} has no act {act!r}")

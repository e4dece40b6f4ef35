"""People who report, and moderators who claim, decide, take back and hear appeals, while whoever carries that out is
killed.

They act through the bus: that pages send the same commands is tested elsewhere.
"""

import uuid
from collections.abc import Sequence
from datetime import timedelta

import msgspec

import bootstrap
from domain import account, comment, ids, post
from domain.bus import CommandBus, operator
from domain.errors import Refused
from domain.messages import Command, Envelope
from domain.moderation import appeal, case, decision, report
from tools.drill.catch_up import all_commits
from tools.drill.faults import Fault, FaultContext

from .checks import moderation_of, unfinished

POSTS = 4
TERM = timedelta(days=7)
FOLLOW_TIMEOUT_S = 120.0
ACTS: tuple[tuple[str, ...], ...] = (
    ("edit", "remove", "lock", "warn", "strike", "suspend", "note"), ("remove", "strike"), ("none",), ("warn", "lock"),
)  # fmt: skip


class People(msgspec.Struct, frozen=True):
    """Accounts, by id."""

    author: str
    reporters: Sequence[str]
    moderators: Sequence[str]


class Moderate(Fault, frozen=True):
    """Somebody writes, others report it, moderators decide. meanwhile: what goes wrong when it is to be carried out."""

    meanwhile: Fault

    def inject(self, context: FaultContext) -> None:
        bus = bootstrap.command_bus(context.store)
        people = _people(bus, context)
        targets = _written(bus, people.author)
        for target in targets:
            for reporter in people.reporters:
                _send(bus, _report(target), reporter)
        _send(bus, report.WithdrawReport(target=targets[0]), people.reporters[1])
        self.meanwhile.inject(context)
        decided = {target: _decide(bus, people, target, acts) for target, acts in zip(targets, ACTS, strict=True)}
        self.meanwhile.inject(context)
        self._undo_some(bus, people, decided)
        context.injected["moderated"] += 1

    def _undo_some(self, bus: CommandBus, people: People, decided: dict[str, str]) -> None:
        """The first decisions are taken back, the next are appealed: one is overturned, one upheld."""
        first, *others = (target for target, acts in zip(decided, ACTS, strict=True) if acts != ("none",))
        now = ids.now()
        back = decision.TakeBackDecision(target=first, decision=decided[first], reason="A mistake.", now=now)
        _send(bus, back, people.moderators[0])
        for target, outcome in zip(others, ("overturned", "upheld"), strict=False):
            lodge = appeal.Lodge(
                appeal=ids.uuid7(), target=target, decision=decided[target], text="It is fine.", now=ids.now()
            )
            _send(bus, lodge, people.author)
            resolve = appeal.Resolve(
                target=target, decision=decided[target], account=people.author, outcome=outcome,
                reason="Looked at again.", others=True,
            )  # fmt: skip
            _send(bus, resolve, people.moderators[1])

    def undo(self, context: FaultContext) -> None:
        """All that was decided is waited for."""
        self.meanwhile.undo(context)
        context.expect(
            lambda: not unfinished(moderation_of(all_commits(context.store))),
            "every report is joined, every decision carried out, and what was taken back is reversed",
            FOLLOW_TIMEOUT_S,
        )


def _people(bus: CommandBus, context: FaultContext) -> People:
    found = [_register(bus, role) for role in ("author", "reporter", "reporter", "moderator", "moderator")]
    context.moderated.extend(found)
    for moderator in found[3:]:
        bus.send(account.GrantRole(handle=moderator, role="moderator"), operator(ids.now()))
    return People(found[0], found[1:3], found[3:])


def _register(bus: CommandBus, role: str) -> str:
    handle = f"{role}{uuid.uuid4().hex[:16]}"
    return _send(bus, account.RegisterAccount(handle=handle, password_hash="$argon2id$"), handle)


def _written(bus: CommandBus, author: str) -> list[str]:
    """Streams of posts, and of a comment in place of the second: one for each of ACTS that fits it."""
    posts = [ids.uuid7() for _ in range(POSTS)]
    for number, id in enumerate(posts):
        _send(bus, post.NewPost(post=id, title=f"About {number}", body=f"Words {number}"), author)
    answer = ids.uuid7()
    _send(bus, comment.AddComment(comment=answer, post=posts[2], body="Indeed"), author)
    return [post.stream(posts[0]), comment.stream(answer), post.stream(posts[2]), post.stream(posts[3])]


def _report(target: str) -> Command:
    return report.FileReport(
        report=ids.uuid7(), target=target, version=1, category="spam", text="Look at this.", now=ids.now()
    )


def _decide(bus: CommandBus, people: People, target: str, acts: tuple[str, ...]) -> str:
    """The decision's id. The case may have been opened by the reports, or not yet."""
    by, id = people.moderators[0], ids.uuid7()
    exists = bus.aggregates().case(target).exists
    opening = case.Claim if exists else case.OpenCase
    try:
        _send(bus, opening(target=target, now=ids.now()), by)
    except Refused:
        _send(bus, case.Claim(target=target, now=ids.now()), by)
    decide = decision.Decide(
        target=target, decision=id, acts=acts, reason="It had to be.", note="Be kind." if "note" in acts else "",
        title="Milder", body="Milder words.", points=2, until=ids.from_now(TERM) if "suspend" in acts else "",
        now=ids.now(),
    )  # fmt: skip
    _send(bus, decide, by)
    return id


def _send(bus: CommandBus, command: Command, actor: str) -> str:
    """The id of what it is about."""
    return bus.send(command, Envelope(actor=actor, at=ids.now(), command_id=ids.uuid7())).subject

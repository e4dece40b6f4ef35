"""People who leave while everything else goes wrong: what they typed may be nowhere once that is carried out.

They act through the bus: that pages send the same commands is tested elsewhere.
"""

import uuid
from collections.abc import Iterable
from datetime import timedelta

import bootstrap
from domain import account, comment, ids, leaving, post, token
from domain.bus import CommandBus
from domain.messages import Command, Envelope
from operational import departures, drafts

from .faults import Fault, FaultContext, Leaver

TEXTS = 15
DEPARTURE_TIMEOUT_S = 240.0


class Leave(Fault, frozen=True):
    """Somebody comes, writes, and leaves, having chosen that all their words are erased, at once."""

    def inject(self, context: FaultContext) -> None:
        word = f"leaver{uuid.uuid4().hex[:16]}"
        bus = bootstrap.command_bus(context.store)
        password = f"$argon2id${word}"
        registered = account.RegisterAccount(handle=word, name=f"Name {word}", password_hash=password)
        id = _send(bus, registered, word)
        for command in _writing(id, word):
            _send(bus, command, id)
        control = context.generations.control
        drafts.save(control, id, "/posts/new", {"title": "Begun", "body": f"Half of {word}"})
        until = ids.from_now(timedelta(milliseconds=1))
        departures.open_for(control, id, until)
        _send(bus, leaving.Leave(handle=id, words="erase", until=until, reason=f"Because {word}"), id)
        context.leavers.append(Leaver(id, word))
        context.injected["left"] += 1

    def undo(self, context: FaultContext) -> None:
        """Everybody is waited for whose departure isn't carried out yet."""
        context.expect(
            lambda: not unfinished(context, context.leavers),
            "everybody who left has nothing here any more",
            DEPARTURE_TIMEOUT_S,
        )


def unfinished(context: FaultContext, leavers: Iterable[Leaver]) -> list[Leaver]:
    """Those whose departure isn't carried out."""
    found = {one.account: departures.of_account(context.generations.control, one.account) for one in leavers}
    return [one for one in leavers if (row := found[one.account]) is None or row.state != "done"]


def _writing(id: str, word: str) -> Iterable[Command]:
    yield account.EditProfile(handle=id, name=f"Name {word}", bio=f"Says {word}")
    yield token.IssueToken(
        token=ids.uuid7(), handle=id, digest="d" * 64, scopes=("read",), label=f"Of {word}",
        expires_at=ids.from_now(timedelta(days=1)),
    )  # fmt: skip
    for number in range(TEXTS):
        written = ids.uuid7()
        yield post.NewPost(post=written, title=f"#{word} {number}", body=f"All about {word}")
        yield post.EditPost(post=written, version=1, title=f"#{word} {number}", body=f"More about {word}")
        yield comment.AddComment(comment=ids.uuid7(), post=written, body=f"Indeed {word}")


def _send(bus: CommandBus, command: Command, actor: str) -> str:
    """The id of what it is about."""
    return bus.send(command, Envelope(actor=actor, at=ids.now())).subject

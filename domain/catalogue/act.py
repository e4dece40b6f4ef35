"""Acts: what a row of the catalogue holds, and what must hold between its rows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from domain.errors import Sentence
from domain.messages import Command, Event

Actor = Literal[
    "anyone", "oneself", "oneself or admin", "author or moderator", "remover or moderator", "moderator", "admin",
    "nobody",
]  # fmt: skip
"""nobody: only the site itself, for an account whose owner left."""
Subject = Literal["post", "comment", "like", "account", "site"]


class Undo(msgspec.Struct, frozen=True):
    """command takes the act back: the opposite one, or the act's own where that brings an earlier text back.

    done: what the offer to do so says first.
    """

    command: type[Command]
    done: Sentence


class Final(msgspec.Struct, frozen=True):
    """No undo is offered. why: for whoever reads the table."""

    why: str


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """The form asks for one: whom, and whether it is required.

    title: of the form's own page, with %(title)s or %(who)s; None where it stands on another page.
    """

    of: Literal["everybody", "others"]
    required: bool
    title: Sentence | None


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """The act takes a reason and nothing else: POST /posts/<id>/<verb>, and a call of the API.

    reason: None where the page has a plain button. summary: the call's documentation.
    """

    verb: str
    button: Sentence
    reason: Reason | None
    summary: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the thing's history says, the moderators' log, and a notification to the thing's owner.

    The owner's sentence names the thing by its title, %(thing)s, or encloses the words that lead to it in [].
    """

    history: Sentence | None
    log: Sentence
    owner: Sentence | None


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One act. Every field is stated; None says that there is none.

    by       who may: the aggregate alone decides, and tests compare
    changes  what of the subject it changes; acts that change the same come in each other's way
    to       the value that this gets, None where it has more than two
    name     the event's name, for people
    badge    what things wear that are in the state which the act brings
    """

    subject: Subject
    command: type[Command]
    event: type[Event]
    by: Actor
    changes: str
    to: bool | None
    undo: Undo | Final
    name: Sentence
    told: Told | None
    form: Form | None
    badge: Sentence | None

    @property
    def verb(self) -> str:
        """The last part of its form's address; "" where it has no form of the catalogue's."""
        return self.form.verb if self.form else ""

    @property
    def requires_reason(self) -> bool:
        """Of everybody; a moderator owes one for whatever isn't theirs."""
        return bool(self.form and self.form.reason and self.form.reason.required and self.form.reason.of == "everybody")

    @property
    def takes_away(self) -> bool:
        """Whether its button warns."""
        return (self.changes, self.to) == ("removed", True)

    @property
    def concerns_others(self) -> bool:
        """Whether moderators or admins may do it to what isn't theirs."""
        return self.by not in ("anyone", "oneself", "nobody")

    @property
    def needs_role(self) -> bool:
        """Whether authors as such can't do it."""
        return self.by in ("moderator", "admin")


def check(acts: Sequence[Act], no_acts: Iterable[type[Event]], known: Mapping[str, type[Event]]) -> None:
    """Raises ValueError, which names the row, where one isn't whole or an event has none."""
    stated = [*(act.event for act in acts), *no_acts]
    if missing := set(known.values()) - set(stated):
        raise ValueError(f"no row, and not stated to be no act: {sorted(event.type for event in missing)}")
    if len(stated) != len(set(stated)) or len({act.command for act in acts}) != len(acts):
        raise ValueError("an event or a command has two rows")
    by_command = {act.command: act for act in acts}
    for act in acts:
        for fault in _faults(act, by_command):
            raise ValueError(f"the row of {act.event.type}: {fault}")


def _faults(act: Act, by_command: Mapping[type[Command], Act]) -> Iterable[str]:
    if isinstance(act.undo, Undo):
        opposite = by_command.get(act.undo.command)
        if opposite is None or (opposite.subject, opposite.changes) != (act.subject, act.changes):
            yield "what takes it back changes something else"
        elif opposite is not act and (not isinstance(opposite.undo, Undo) or opposite.undo.command is not act.command):
            yield "what takes it back isn't its opposite"
        elif (opposite is act) != (act.to is None) or (act.to is not None and opposite.to is act.to):
            yield "what takes it back leaves the same value"
    of_others = act.subject != "site" and act.concerns_others
    if act.subject != "like" and (act.told is None or (of_others and act.told.owner is None)):
        yield "others do it, and nobody is told"
    if act.subject in ("post", "comment") and (act.told is None or act.told.history is None):
        yield "the history has no sentence for it"
    for sentence, marks in _sentences(act):
        if not sentence.strip() or any(mark not in sentence for mark in marks):
            yield f"{sentence!r} lacks one of {marks}"


def _sentences(act: Act) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Each with what must be in it."""
    yield act.name, ()
    if isinstance(act.undo, Undo):
        yield act.undo.done, ()
    if act.told:
        yield act.told.log, ("%(who)s", "[", "]")
        yield act.told.history or "%(who)s", ("%(who)s",)
        owner = act.told.owner or "%(who)s %(thing)s"
        yield owner, ("%(who)s", *(("[", "]") if "[" in owner else ("%(thing)s",)))
    if act.form:
        yield act.form.button, ()
        yield act.form.summary, ()

"""Rules of undo: the compensating command of an act, by its row in the catalogue, until a later act overrides it."""

from collections.abc import Sequence

import msgspec
from flask import flash

from domain.catalogue import BY_COMMAND, BY_EVENT
from domain.catalogue.act import Act, Undo
from domain.comment import EditComment
from domain.errors import Conflict, NotFound, Sentence, StaleEdit, Unavailable
from domain.like import Like, Unlike
from domain.messages import Command, Receipt
from domain.post import EditPost
from readmodel.comments import CommentView
from readmodel.engine.queries import HistoryOf
from readmodel.engine.views import HistoryItem
from webapp.site import permissions, site
from webapp.site.commands import Sent, send
from webapp.site.database import ask, connections
from webapp.site.permissions import Thing

CHANGED_SINCE = Sentence(
    "This was changed again since, so it can't simply be taken back. The history shows what happened."
)
TEXT_ERASED = Sentence("The words of that version were erased for good, so there is nothing to go back to.")


class Offer(msgspec.Struct, frozen=True):
    """An offer to undo. done: what was done, in English; action: the undo form's address; version: the one it made.

    target: what shows the outcome in place; "" where a page does.
    """

    done: str
    action: str
    version: int = 0
    target: str = ""


def offer_of(sent: Sent, command: Command) -> Offer | None:
    """The offer to undo a command that was accepted; None where it changed nothing, or can't be undone."""
    undo = BY_COMMAND[type(command)].undo
    if sent.receipt.commit is None or not isinstance(undo, Undo):
        return None
    if isinstance(command, Like | Unlike):
        kind, _, id = command.target.partition("-")
        return Offer(str(undo.done), f"/{kind}s/{id}/{undo.command.__name__.lower()}", target=f"#like-{id}")
    kind, _, id = sent.receipt.stream.partition("-")
    return Offer(
        str(undo.done), f"/{kind}s/{id}/undo", sent.receipt.version, f"#comment-{id}" if kind == "comment" else ""
    )


def offer_on_next_page(sent: Sent, command: Command) -> None:
    if offer := offer_of(sent, command):
        flash(msgspec.to_builtins(offer), "undo")  # type: ignore[arg-type]


def undoable(items: Sequence[HistoryItem]) -> frozenset[int]:
    """The versions that can be undone: no later one changed the same. items: a whole history, oldest first."""
    last = {_changes(item): item for item in items}
    return frozenset(item.version for item in last.values() if _undo(item))


def changes_text(item: HistoryItem) -> bool:
    return _changes(item) == "text"


def take_back(thing: Thing, version: int, command_id: str | None) -> tuple[Sent, Command]:
    """Undoes the act that made this version of a thing. Raises Conflict where it was changed again since."""
    items = _whole_history(thing)
    act, undo = _undoable_act(items, version)
    reason = f"Version {version} taken back." if permissions.asks_reason(BY_COMMAND[undo.command], thing) else ""
    if act.to is None:
        return _send(_edit(thing, version, _text_before(items, version), reason), command_id)
    return _send(undo.command(**{act.subject: thing.id, "reason": reason}), command_id)


def revert(thing: Thing, to: int, seen: int, reason: str, command_id: str | None) -> tuple[Sent, Command]:
    """Gives a thing the text of an earlier version. Raises Conflict where it has another one than the viewer saw."""
    text = _text_of(ask(HistoryOf(stream=f"{permissions.kind_of(thing)}-{thing.id}")), to)
    return _send(_edit(thing, seen, text, reason), command_id)


def _send(command: Command, command_id: str | None) -> tuple[Sent, Command]:
    try:
        return send(command, command_id), command
    except StaleEdit as stale:
        raise Conflict(CHANGED_SINCE) from stale


def _whole_history(thing: Thing) -> list[HistoryItem]:
    """Up to the version that the store has. Raises Unavailable while the lists don't show that yet."""
    here, kind = site.current(), permissions.kind_of(thing)
    stream, version = f"{kind}-{thing.id}", getattr(here.bus.aggregates(), kind)(thing.id).version
    if not here.live.wait(Receipt(stream=stream, version=version), here.settings.wait_s, connections()):
        raise Unavailable("The history is catching up. Nothing was changed; try again in a moment.")
    items: list[HistoryItem] = ask(HistoryOf(stream=stream))
    return items


def _undoable_act(items: Sequence[HistoryItem], version: int) -> tuple[Act, Undo]:
    """The act behind a version, where it still stands or is taken back already. Text is compared by the command."""
    item = next((item for item in items if item.version == version), None)
    undo = _undo(item) if item else None
    if item is None or undo is None:
        raise NotFound("There is no such act to take back.")
    act = BY_EVENT[item.type]
    last = [one for one in items if _changes(one) == act.changes][-1]
    if act.to is not None and last.type == item.type and last.version != version:
        raise Conflict(CHANGED_SINCE)
    return act, undo


def _undo(item: HistoryItem) -> Undo | None:
    """How an event is taken back; None where it isn't, or a newer release stored it."""
    act = BY_EVENT.get(item.type)
    return act.undo if act and isinstance(act.undo, Undo) else None


def _changes(item: HistoryItem) -> str:
    act = BY_EVENT.get(item.type)
    return act.changes if act else item.type


def _text_before(items: Sequence[HistoryItem], version: int) -> HistoryItem:
    """The text that a version's own followed."""
    before = [item for item in items if item.version < version and changes_text(item)]
    return _text_of(items, before[-1].version if before else 0)


def _text_of(items: Sequence[HistoryItem], version: int) -> HistoryItem:
    item = next((item for item in items if item.version == version), None)
    if item is not None and changes_text(item) and (item.erased or item.body is None):
        raise Conflict(TEXT_ERASED)
    if item is None or item.body is None:
        raise NotFound("There is no such version to go back to.")
    return item


def _edit(thing: Thing, seen: int, text: HistoryItem, reason: str) -> EditPost | EditComment:
    if isinstance(thing, CommentView):
        return EditComment(comment=thing.id, version=seen, body=text.body or "", reason=reason)
    texts = {"title": text.title or "", "body": text.body or "", "url": text.url or ""}
    return EditPost(post=thing.id, version=seen, reason=reason, **texts)

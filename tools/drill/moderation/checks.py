"""Checks what became of reports, decisions and appeals, by the events in the store alone."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from domain.bus import CommandBus
from domain.commit import Commit, stored_command_id
from domain.messages import Event
from domain.moderation.appeal import AppealOverturned
from domain.moderation.case import ReportJoined
from domain.moderation.decision import CaseDecided, DecisionCarriedOut, DecisionReversed, DecisionTakenBack
from domain.moderation.report import ReportFiled
from domain.ports import EventStore
from eventstore.codec import EventCodec

TOLD_ONLY = frozenset({"none", "note"})
FOLLOWED: dict[str, type[Event]] = {
    event.type: event
    for event in (
        ReportFiled, ReportJoined, CaseDecided, DecisionCarriedOut, DecisionTakenBack, DecisionReversed,
        AppealOverturned,
    )
}  # fmt: skip


class Moderation(msgspec.Struct):
    """events: by their types, each with its commit. commands: how many commits each stored command id has."""

    events: dict[str, list[tuple[Commit, Any]]]
    commands: Counter[str]

    def of(self, type: type[Event]) -> Iterator[tuple[Commit, Any]]:
        return iter(self.events[type.type])


def moderation_of(commits: Iterable[Commit]) -> Moderation:
    found = Moderation(defaultdict(list), Counter())
    codec = EventCodec()
    for commit in commits:
        if commit.command_id:
            found.commands[commit.command_id] += 1
        for stored in commit.events:
            if stored.type in FOLLOWED:
                found.events[stored.type].append((commit, codec.decode(stored, commit)))
    return found


def unfinished(found: Moderation) -> list[str]:
    """Reports that no case has, and decisions that aren't carried out, or reversed."""
    joined = {event.report for _, event in found.of(ReportJoined)}
    carried_out = {event.decision for _, event in found.of(DecisionCarriedOut)}
    reversed_ = {event.decision for _, event in found.of(DecisionReversed)}
    return [
        *(f"report {one.report} is in no case" for _, one in found.of(ReportFiled) if one.report not in joined),
        *(
            f"decision {one.decision} isn't carried out"
            for _, one in found.of(CaseDecided)
            if one.decision not in carried_out
        ),
        *(f"decision {id} isn't reversed" for id in sorted(_lifted(found) - reversed_)),
    ]


def done_twice(found: Moderation) -> list[str]:
    """Reports joined, decisions carried out or reversed, and acts done more than once."""
    counted: Counter[str] = Counter()
    for type, field in ((ReportJoined, "report"), (DecisionCarriedOut, "decision"), (DecisionReversed, "decision")):
        counted.update(f"{type.type} {getattr(event, field)}" for _, event in found.of(type))
    for commit, made in found.of(CaseDecided):
        counted.update({f"{made.decision} {act}": _times(found, commit.actor, made.decision, act) for act in made.acts})
    return [f"{what} {times} times" for what, times in counted.items() if times > 1]


def contradicted(found: Moderation, store: EventStore) -> Iterator[str]:
    """Where what a decision's record says isn't what was stored, and what counts of one that is lifted."""
    records = {event.decision: event for _, event in found.of(DecisionCarriedOut)}
    lifted = _lifted(found)
    aggregates = CommandBus(store, EventCodec(), {}).aggregates()
    for commit, made in found.of(CaseDecided):
        record = records.get(made.decision)
        if record is None:
            continue
        if sorted((*record.done, *record.skipped)) != sorted(made.acts):
            yield f"decision {made.decision} says {made.acts}, and its record {record.done} and {record.skipped}"
        for act in sorted({*made.acts} - TOLD_ONLY):
            if (act in record.done) != bool(_times(found, commit.actor, made.decision, act)):
                yield f"decision {made.decision}: its record is wrong about {act!r}"
        author = aggregates.account(made.author)
        if made.decision in lifted and (made.decision in author.warnings or made.decision in author.strikes):
            yield f"decision {made.decision} is lifted, and its marks still count"


def _lifted(found: Moderation) -> set[str]:
    return {event.decision for type in (DecisionTakenBack, AppealOverturned) for _, event in found.of(type)}


def _times(found: Moderation, actor: str, decision: str, act: str) -> int:
    return found.commands[stored_command_id(actor, f"{decision}:{act}")]

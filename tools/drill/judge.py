"""Holds what people were told against what the store has, and the read model against both. Changes nothing.

Knows the site by its ports alone (an event store, generations of a read model), so that it judges any stack.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from domain.account import OPERATOR
from domain.commit import SequencedCommit
from domain.errors import Damaged
from domain.ports import EventStore
from eventstore.chain import faults
from eventstore.codec import EventCodec
from eventstore.erasures import Erasures
from eventstore.log.partitions import StorePartitions
from projector.folding import CommitFolder
from projector.rebuild import Rebuilder
from readmodel.generations import repairs
from readmodel.generations.generations import Generations

from .erased import erased_posts, is_erasable
from .ledger import Intent, Told
from .shown import post_of, untrue
from .verdict import Verdict
from .waiting import all_commits, behind

PAGE = 1_000
_MARK = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Effect = tuple[str, str]
"""An event's type, and the mark in its text or the stream it went to: what an intent can be found by without its id."""


def judge(told: Told, store: EventStore, generations: Generations) -> Verdict:
    """The whole verdict on a site at rest."""
    commits = list(all_commits(store))
    verdict = Verdict(
        acknowledged=sum(told.accepted(intent) for intent in told.intents),
        refused=sum(told.refused(intent) for intent in told.intents),
        refusals=[f"{one.event} {told.answers[one.id][0].status}" for one in told.intents if told.refused(one)],
        unanswered=len(told.unanswered()),
        sent_again=told.sent_again,
        stuck=[trouble.what for trouble in told.troubles],
    )
    _by_id(verdict, told, commits)
    _by_content(verdict, told, commits)
    verdict.broken += _broken(commits)
    verdict.stuck += _stuck(store, generations)
    try:
        verdict.differing += _differing(told, store, generations)
    except Damaged as error:
        verdict.broken.append(str(error))
    verdict.false_repairs += [
        f"{repair['stream']} was repaired: {repair['what']}" for repair in repairs.newest(generations.control, PAGE)
    ]
    return verdict


def _by_id(verdict: Verdict, told: Told, commits: Sequence[SequencedCommit]) -> None:
    """Each intent by its command id: there if it was accepted, absent if refused, never twice."""
    stored: dict[str, list[SequencedCommit]] = defaultdict(list)
    for commit in commits:
        if commit.command_id is not None:
            stored[commit.command_id].append(commit)
    for intent in told.intents:
        found = stored.pop(f"{intent.actor}:{intent.id}", [])
        verdict.found += bool(found)
        if told.accepted(intent) and not found:
            verdict.lost.append(f"{_named(intent)} was accepted, and no commit has its id")
        if len(found) > 1:
            verdict.doubled.append(f"{_named(intent)} has {len(found)} commits")
        verdict.broken += _contradictions(told, intent, found)
    verdict.broken += [
        f"commit {commit.id} ({commit.stream} version {commit.first}) is what nobody meant"
        for commit in commits
        if commit.actor != OPERATOR and (commit.command_id is None or commit.command_id in stored)
    ]


def _contradictions(told: Told, intent: Intent, found: Sequence[SequencedCommit]) -> Iterator[str]:
    answers = told.answers.get(intent.id, [])
    # Sent again after its words were erased, it can't be compared any more, and is refused (domain.bus.ERASED).
    if found and told.refused(intent) and not any(event.erased for event in found[0].events):
        yield f"{_named(intent)} was answered with {answers[0].status}, and is stored as {found[0].id}"
    places = {answer.place for answer in answers if answer.accepted}
    if len(places) > 1:
        yield f"{_named(intent)} was answered in two ways: {', '.join(sorted(places))}"
    for commit in found:
        subject = commit.stream.partition("-")[2]
        if intent.event in ("PostPublished", "CommentAdded") and any(subject not in place for place in places):
            yield f"{_named(intent)} is stored in {commit.stream}, and its answer leads to {places.pop()}"
        if intent.stream not in ("", commit.stream) or intent.event != commit.events[0].type:
            yield f"{_named(intent)} is stored as {commit.events[0].type} in {commit.stream}"


def _by_content(verdict: Verdict, told: Told, commits: Sequence[SequencedCommit]) -> None:
    """The same once more without trusting ids: what was said must be there as often as it was said."""
    stored = Counter(effect for commit in commits for effect in _effects(commit))
    meant: dict[Effect, list[Intent]] = defaultdict(list)
    gone = erased_posts(told)
    for intent in told.intents:
        if not (is_erasable(intent) and post_of(told, intent) in gone):
            meant[intent.event, intent.id if intent.marked else intent.stream].append(intent)
    for effect, intents in meant.items():
        accepted, said = sum(told.accepted(intent) for intent in intents), " ".join(effect)
        if stored[effect] < accepted:
            verdict.lost.append(f"{said} was accepted {accepted} times, and its content stored {stored[effect]}")
        if stored[effect] > len(intents):
            verdict.doubled.append(f"{said} was sent {len(intents)} times, and its content stored {stored[effect]}")


def _effects(commit: SequencedCommit) -> Iterator[Effect]:
    for event in commit.events:
        yield event.type, commit.stream
        words = msgspec.json.decode(event.data)
        for mark in _MARK.findall(words.get("body", "")):
            yield event.type, mark


def _broken(commits: Sequence[SequencedCommit]) -> Iterator[str]:
    erasures = Erasures()
    for commit in commits:
        erasures.see(commit)
    yield from faults(commits)
    yield from erasures.unexplained()
    last: dict[str, int] = {}
    for commit in commits:
        if commit.first != last.get(commit.stream, 0) + 1:
            yield f"{commit.stream} jumps from version {last.get(commit.stream, 0)} to {commit.first}"
        last[commit.stream] = commit.last


def _stuck(store: EventStore, generations: Generations) -> Iterator[str]:
    yield from behind(store, generations)
    for letter in generations.parked():
        yield f"{letter.stream} is parked at version {letter.version}: {letter.error}"


def _differing(told: Told, store: EventStore, generations: Generations) -> Iterator[str]:
    yield from untrue(told, generations)
    # All is at rest and so all is shown, in however many partitions the log had it.
    rebuilder = Rebuilder(generations, store, CommitFolder(store, EventCodec()), StorePartitions())
    fresh, comparison = rebuilder.fill(lambda _: None)
    rebuilder.discard(fresh)
    if comparison is None:
        yield "the live read model couldn't be compared with a fresh fold"
    elif comparison.position != store.head()[0]:
        yield f"the live read model says it stands at {comparison.position}, and the store at {store.head()[0]}"
    elif not comparison.same:
        yield from (f"{one.table} {one.key}: live {one.live}, fresh {one.fresh}" for one in comparison.differences)


def _named(intent: Intent) -> str:
    return f"{intent.event} {intent.actor}:{intent.id}"

"""The checker: compares the ledgers with the event store, and the read model with both. Changes nothing.

Knows the site by its ports alone (an event store, generations of a read model), so that it checks any stack.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence

import msgspec

from domain.commit import SequencedCommit, stored_command_id
from domain.errors import Damaged
from domain.ports import EventStore
from domain.rights import OPERATOR
from eventstore.chain import faults
from eventstore.codec import EventCodec
from eventstore.erasures import Erasures
from eventstore.log.partitions import StorePartitions
from projector.folding import CommitFolder
from projector.rebuild import Rebuilder
from readmodel.generations import repairs
from readmodel.generations.generations import Generations

from .accounts import by_commits
from .catch_up import all_commits, behind
from .erased_texts import erased_posts, is_erasable
from .expected_posts import post_of, wrong_posts
from .ledger import Intent, Ledgers
from .moderation.checks import contradicted, done_twice, moderation_of, unfinished
from .verdict import Verdict

MAX_REPAIRS = 1_000
_MARK = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Effect = tuple[str, str]
"""An event's type, and the mark in its text or the stream it went to: what an intent can be found by without its id."""


def check(ledgers: Ledgers, store: EventStore, generations: Generations, others: Collection[str] = ()) -> Verdict:
    """The whole verdict on a site at rest. others: accounts of which no ledger knows."""
    commits = list(all_commits(store))
    ledgers = by_commits(ledgers, commits)
    refused = [intent for intent in ledgers.intents if ledgers.refused(intent)]
    verdict = Verdict(
        acknowledged=sum(map(ledgers.accepted, ledgers.intents)),
        refused=len(refused),
        refusals=[f"{one.event} {ledgers.answers[one.id][0].status}" for one in refused],
        unanswered=sum(intent.id not in ledgers.answers for intent in ledgers.intents),
        sent_again=ledgers.sent_again,
    )
    _check_by_id(verdict, ledgers, [one for one in commits if one.actor not in others])
    _check_by_content(verdict, ledgers, commits)
    violations = verdict.violations
    violations["broken"] += _broken(commits)
    violations["doubled"] += _claimed_twice(commits)
    violations["stuck"] += [*(one.what for one in ledgers.stuck), *_stuck(store, generations)]
    moderated = moderation_of(commits)
    violations["stuck"] += unfinished(moderated)
    violations["doubled"] += done_twice(moderated)
    violations["broken"] += contradicted(moderated, store)
    try:
        violations["differing"] += _differing(ledgers, store, generations)
    except Damaged as error:
        violations["broken"].append(str(error))
    made = repairs.newest(generations.control, MAX_REPAIRS)
    violations["false_repairs"] += [f"{repair['stream']} was repaired: {repair['what']}" for repair in made]
    return verdict


def _check_by_id(verdict: Verdict, ledgers: Ledgers, commits: Sequence[SequencedCommit]) -> None:
    """Each intent by its command id: there if it was accepted, absent if refused, never twice."""
    violations = verdict.violations
    stored: dict[str, list[SequencedCommit]] = defaultdict(list)
    for commit in commits:
        if commit.command_id is not None:
            stored[commit.command_id].append(commit)
    for intent in ledgers.intents:
        found = stored.pop(stored_command_id(intent.actor, intent.id), [])
        verdict.found += bool(found)
        if ledgers.accepted(intent) and not found:
            violations["lost"].append(f"{_describe(intent)} was accepted, and no commit has its id")
        if len(found) > 1:
            violations["doubled"].append(f"{_describe(intent)} has {len(found)} commits")
        violations["broken"] += _contradictions(ledgers, intent, found)
    violations["broken"] += [
        f"commit {commit.id} ({commit.stream} version {commit.first}) was sent by nobody"
        for commit in commits
        if commit.actor != OPERATOR and (commit.command_id is None or commit.command_id in stored)
    ]


def _contradictions(ledgers: Ledgers, intent: Intent, found: Sequence[SequencedCommit]) -> Iterator[str]:
    answers = ledgers.answers.get(intent.id, [])
    # Sent again after its text was erased, it can't be compared any more, and is refused (domain.bus.ERASED).
    if found and ledgers.refused(intent) and not any(event.erased for event in found[0].events):
        yield f"{_describe(intent)} was answered with {answers[0].status}, and is stored as {found[0].id}"
    locations = {answer.location for answer in answers if answer.accepted}
    if len(locations) > 1:
        yield f"{_describe(intent)} was answered in two ways: {', '.join(sorted(locations))}"
    for commit in found:
        subject = commit.stream.partition("-")[2]
        if intent.event in ("PostPublished", "CommentAdded") and any(subject not in one for one in locations):
            yield f"{_describe(intent)} is stored in {commit.stream}, and its answer leads to {locations.pop()}"
        if intent.stream not in ("", commit.stream) or intent.event != commit.events[0].type:
            yield f"{_describe(intent)} is stored as {commit.events[0].type} in {commit.stream}"


def _check_by_content(verdict: Verdict, ledgers: Ledgers, commits: Sequence[SequencedCommit]) -> None:
    """The same once more without trusting ids: each text must be there as often as it was sent."""
    stored = Counter(effect for commit in commits for effect in _effects(commit))
    sent: dict[Effect, list[Intent]] = defaultdict(list)
    erased = erased_posts(ledgers)
    for intent in ledgers.intents:
        if not (is_erasable(intent) and post_of(ledgers, intent) in erased):
            sent[intent.event, intent.id if intent.marked else intent.stream].append(intent)
    for effect, intents in sent.items():
        accepted, count, what = sum(map(ledgers.accepted, intents)), stored[effect], " ".join(effect)
        stored_times = f"and its content stored {count}"
        if count < accepted:
            verdict.violations["lost"].append(f"{what} was accepted {accepted} times, {stored_times}")
        if count > len(intents):
            verdict.violations["doubled"].append(f"{what} was sent {len(intents)} times, {stored_times}")


def _effects(commit: SequencedCommit) -> Iterator[Effect]:
    for event in commit.events:
        yield event.type, commit.stream
        data = msgspec.json.decode(event.data)
        for mark in _MARK.findall(data.get("body", "")):
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


def _claimed_twice(commits: Sequence[SequencedCommit]) -> Iterator[str]:
    """Else two people would have one handle, and the ledgers be held to one of them."""
    claims = Counter(commit.claim for commit in commits if commit.claim)
    return (f"{claimed} is claimed by {count} commits" for claimed, count in claims.items() if count > 1)


def _stuck(store: EventStore, generations: Generations) -> Iterator[str]:
    yield from behind(store, generations)
    for letter in generations.parked():
        yield f"{letter.stream} is parked at version {letter.version}: {letter.error}"


def _differing(ledgers: Ledgers, store: EventStore, generations: Generations) -> Iterator[str]:
    yield from wrong_posts(ledgers, generations)
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


def _describe(intent: Intent) -> str:
    return f"{intent.event} {intent.actor}:{intent.id}"

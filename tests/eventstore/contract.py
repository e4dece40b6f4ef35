"""What every event store must do. An adapter's test file inherits these cases and says how to open its store."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeVar

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.commit import Commit, SequencedCommit
from domain.errors import Damaged, DuplicateCommand, VersionConflict
from domain.ports import EventStore
from eventstore.chain import faults, sequenced, without_position
from eventstore.erasures import Erasures
from tests.eventstore.memory import MemoryEventStore
from tests.eventstore.samples import bodies, commit, erased, published, text

Result = TypeVar("Result")
TEXTS = [
    "",
    "plain",
    "tab\tand\nline",
    "ä ß ﬁ ａ",
    "🏳️‍🌈🦉",
    "שלום עולם",
    "\u2028\u2029\ufeff",
    "\\\"'{}$.",
    "x" * 40_000,
    "日本語" * 999,
]


class EventStoreContract:
    """An adapter gives `opened`: a function that opens the same, at first empty, store each time it is called.

    A store whose commits are numbered by somebody else later overrides `numbering`: while that context is
    open commits get their positions, and when it closes all have theirs.
    """

    racers, raced = 8, 60
    """How many writers race on one stream, for how many versions of it."""

    @pytest.fixture
    def opened(self) -> Callable[[], EventStore]:
        raise NotImplementedError

    def numbering(self, store: EventStore) -> AbstractContextManager[object]:
        return nullcontext()

    @pytest.fixture
    def store(self, opened: Callable[[], EventStore]) -> Iterator[EventStore]:
        store = opened()
        yield store
        store.close()

    def read_all(self, store: EventStore) -> list[SequencedCommit]:
        """Everything in order of position, checked to be without holes and true to its chain."""
        with self.numbering(store):
            pass
        commits, erasures = list(pages(store)), Erasures()
        for stored in commits:
            erasures.see(stored)
        assert [*faults(commits), *erasures.unexplained()] == []
        assert store.head() == ((commits[-1].position, commits[-1].chain) if commits else (0, ""))
        return commits

    def test_an_empty_store_has_nothing(self, store):
        assert (store.head(), store.read(0, 10), store.load("post-x")) == ((0, ""), [], [])
        assert store.load_many(["post-x"]) == {}
        assert store.find_command("ada:k") is None
        assert store.append_many([]) == []

    def test_a_commit_comes_back_as_it_was_stored(self, store):
        sent = msgspec.structs.replace(
            commit("post-a", 1, published("one"), text("two"), command_id="ada:k"),
            reason="so", correlation_id="c", causation_id="d", traceparent="t",
        )  # fmt: skip
        assert unnumbered(store.append(sent)) == unnumbered(sent)
        assert [unnumbered(found) for found in store.load("post-a")] == [unnumbered(sent)]
        assert [unnumbered(found) for found in self.read_all(store)] == [unnumbered(sent)]
        found = store.find_command("ada:k")
        assert found is not None
        assert unnumbered(found) == unnumbered(sent)
        assert sent.last == 2

    def test_a_stream_goes_on_after_its_last_event(self, store):
        store.append(commit("post-a", 1, published("1"), text("2"), text("3")))
        store.append(commit("post-a", 4))
        assert [(found.first, found.last) for found in store.load("post-a")] == [(1, 3), (4, 4)]

    @pytest.mark.parametrize("first", [1, 2, 3, 5, 9])
    def test_a_version_that_isnt_next_is_refused_and_leaves_nothing(self, store, first):
        store.append(commit("post-a", 1, published("1"), text("2"), text("3")))
        with pytest.raises(VersionConflict) as caught:
            store.append(commit("post-a", first, text("late"), text("later"), command_id="ada:late"))
        assert (caught.value.stream, caught.value.expected) == ("post-a", first - 1)
        assert len(self.read_all(store)) == 1
        assert store.find_command("ada:late") is None

    def test_a_stream_begins_with_version_one(self, store):
        for first in (0, 2):
            with pytest.raises(VersionConflict):
                store.append(commit("post-a", first))
        assert store.load("post-a") == []

    def test_a_commit_has_its_position_whichever_way_it_is_read(self, store):
        """What lies in a position is one commit; MongoDB keeps the two in documents of their own."""
        store.append(commit("post-a", 1, command_id="ada:k"))
        store.append(commit("post-b", 1, published("1"), text("2")))
        store.append(commit("post-a", 2))
        in_order = self.read_all(store)
        by_stream = {stream: [one for one in in_order if one.stream == stream] for stream in ("post-a", "post-b")}
        assert {stream: store.load(stream) for stream in by_stream} == by_stream
        assert store.load_many(by_stream) == by_stream
        assert store.find_command("ada:k") == in_order[0]

    def test_a_decision_reads_on_from_the_commit_that_it_knows(self, store):
        for first in range(1, 6):
            store.append(commit("post-a", first))
        store.append(commit("post-b", 1))
        found = store.load_from({"post-a": 4, "post-b": 1, "post-c": 1, "post-d": 7})
        assert {stream: [one.first for one in commits] for stream, commits in found.items()} == {
            "post-a": [4, 5],
            "post-b": [1],
        }
        assert store.load_from({}) == {}

    def test_a_command_id_is_stored_once(self, store):
        store.append(commit("post-a", 1, command_id="ada:k"))
        for stream, first in (("post-b", 1), ("post-a", 2), ("post-a", 1), ("post-a", 9)):
            with pytest.raises(DuplicateCommand) as caught:
                store.append(commit(stream, first, command_id="ada:k"))
            assert caught.value.command_id == "ada:k"
        assert len(self.read_all(store)) == 1

    def test_command_ids_differ_by_case_and_blanks(self, store):
        for at, id in enumerate(("a:k", "a:K", "a:k ", "A:k", "a:k\u0301", "a:ｋ")):
            store.append(commit(f"post-{at}", 1, command_id=id))
            found = store.find_command(id)
            assert found is not None
            assert found.stream == f"post-{at}"

    def test_streams_differ_by_case(self, store):
        store.append(commit("post-a", 1))
        store.append(commit("post-A", 1))
        assert [len(store.load(stream)) for stream in ("post-a", "post-A", "post-a ")] == [1, 1, 0]

    def test_eight_threads_with_one_command_id_store_one_commit(self, store):
        sent = [commit(f"post-{at}", 1, command_id="ada:k") for at in range(8)]
        outcomes = together(8, lambda at: attempted(store, sent[at]))
        assert sorted(map(kind, outcomes)) == ["Commit"] + ["DuplicateCommand"] * 7
        assert len(self.read_all(store)) == 1

    def test_many_are_stored_each_whole_or_not_with_one_outcome_each(self, store):
        store.append(commit("post-a", 1, command_id="ada:1"))
        outcomes = store.append_many(
            [
                commit("post-b", 1, published("b1"), text("b2"), command_id="ada:2"),
                commit("post-a", 1, text("conflict")),
                commit("post-c", 1, text("duplicate"), command_id="ada:1"),
                commit("post-b", 3, text("b3")),
                commit("post-b", 3, text("conflict in the batch")),
                commit("post-b", 5, text("gap")),
                commit("post-d", 1, text("duplicate in the batch"), command_id="ada:2"),
                commit("post-d", 1, text("d1")),
            ]
        )
        assert [*map(kind, outcomes)] == [
            "Commit", "VersionConflict", "DuplicateCommand", "Commit",
            "VersionConflict", "VersionConflict", "DuplicateCommand", "Commit",
        ]  # fmt: skip
        assert bodies(self.read_all(store)) == ["post-a 1", "b1", "b2", "b3", "d1"]

    def test_a_store_has_an_id_of_its_own_that_stays(self, store, opened):
        again = opened()
        assert store.id() == store.id() == again.id()
        again.close()
        assert len(store.id()) == 36
        assert store.id() != MemoryEventStore().id()

    def test_the_chain_at_a_position_is_the_commits_own(self, store):
        assert store.chains([]) == store.chains([0, 1]) == {}
        with self.numbering(store):
            for number in range(1, 8):
                store.append(commit(f"post-{number % 3}", 1 + number // 3 if number % 3 else number // 3))
        known = {stored.position: stored.chain for stored in self.read_all(store)}
        assert store.chains(range(-1, 300)) == known
        assert store.chains([2, 5]) == {2: known[2], 5: known[5]}
        assert store.chains({7, 400, 900}) == {7: known[7]}

    def test_reading_goes_on_after_any_position(self, store):
        for at in range(7):
            store.append(commit(f"post-{at % 2}", at // 2 + 1))
        commits = self.read_all(store)
        assert [found.position for found in commits] == [1, 2, 3, 4, 5, 6, 7]
        assert [found.position for found in store.read(2, 3)] == [3, 4, 5]
        assert store.read(7, 3) == []
        assert store.read(99, 3) == []

    def test_many_streams_are_loaded_at_once(self, store):
        store.append_many([commit(f"post-{at}", 1) for at in range(0, 3_000, 3)])
        store.append(commit("post-0", 2))
        found = store.load_many(f"post-{at}" for at in range(3_000))
        assert set(found) == {f"post-{at}" for at in range(0, 3_000, 3)}
        assert [stored.first for stored in found["post-0"]] == [1, 2]

    @pytest.mark.parametrize("body", TEXTS, ids=lambda body: ascii(body[:12]))
    def test_texts_come_back_to_the_letter(self, store, body):
        sent = store.append(commit("post-a", 1, published(body, title=body[:300])))
        assert bodies(store.load("post-a")) == [body]
        assert self.read_all(store)[0].events == sent.events

    def test_any_texts_come_back_to_the_letter(self, store):
        @settings(max_examples=40, deadline=None, database=None)
        @given(st.lists(st.text(st.characters(exclude_categories=("Cs",))), min_size=1, max_size=4))
        def come_back(texts: list[str]) -> None:
            stream = f"post-{len(taken)}"
            taken.append(stream)
            store.append(commit(stream, 1, *map(text, texts)))
            assert bodies(store.load(stream)) == texts

        taken: list[str] = []
        come_back()
        self.read_all(store)

    def test_erased_texts_are_gone_and_the_chain_still_verifies(self, store):
        store.append(commit("post-a", 1, published("secret one"), text("secret two")))
        store.append(commit("post-b", 1, published("kept")))
        store.append(commit("post-a", 3, text("secret three")))
        store.append(commit("post-a", 4, erased(1, 3, edits=[3])), erase=[1, 3])
        commits = self.read_all(store)
        assert bodies(commits) == ["", "secret two", "kept", ""]
        first = commits[0].events[0]
        assert (first.erased, first.salt, bytes(first.data)) == (True, None, b'{"author":"ada","post":"p","source":""}')
        store.append(commit("post-a", 5, erased(2, edits=[2])), erase=[2, 1])
        assert bodies(self.read_all(store)) == ["", "", "kept", ""]

    def test_an_erasure_that_is_refused_erases_nothing(self, store):
        store.append(commit("post-a", 1, published("kept"), command_id="ada:k"))
        with pytest.raises(VersionConflict):
            store.append(commit("post-a", 1, erased(1)), erase=[1])
        with pytest.raises(DuplicateCommand):
            store.append(commit("post-a", 2, erased(1), command_id="ada:k"), erase=[1])
        assert bodies(self.read_all(store)) == ["kept"]

    def test_an_export_is_restored_as_it_was(self, store):
        exported = self.exported()
        store.restore(exported[:2])
        store.restore([])
        store.restore(exported[2:])
        assert self.read_all(store) == exported
        assert unnumbered(store.find_command("ada:k")) == unnumbered(exported[0])
        store.append(commit("post-a", 4))
        assert self.read_all(store)[-1].position == 5

    @pytest.mark.parametrize("broken", ["order", "gap", "repeat", "chain", "version", "command"])
    def test_what_doesnt_follow_is_restored_not_even_in_part(self, store, broken):
        first, second, third, fourth = self.exported()
        store.restore([first])
        with pytest.raises(Damaged, match="follow what is stored"):
            store.restore(
                {
                    "order": [third, second],
                    "gap": [third, fourth],
                    "repeat": [first],
                    "chain": [second, msgspec.structs.replace(third, chain="0" * 64)],
                    "version": [second, sequenced(commit("post-a", 9), 3, second.chain)],
                    "command": [second, sequenced(commit("post-c", 1, command_id="ada:k"), 3, second.chain)],
                }[broken]
            )
        assert store.read(0, 9) == [first]

    def exported(self) -> list[SequencedCommit]:
        """What some other store held: four commits, one text erased."""
        other = MemoryEventStore()
        other.append(commit("post-a", 1, published("one"), command_id="ada:k"))
        other.append(commit("post-a", 2, text("two")))
        other.append(commit("post-b", 1, published("three")))
        other.append(commit("post-a", 3, erased(1)), erase=[1])
        return other.read(0, 9)

    def test_what_was_stored_is_there_after_reopening(self, store, opened):
        store.append(commit("post-a", 1, command_id="ada:k"))
        before = self.read_all(store)
        store.close()
        with closing(opened()) as again:
            assert self.read_all(again) == before
            again.append(commit("post-a", 2))
            assert len(self.read_all(again)) == 2

    def test_two_openings_see_each_others_commits(self, store, opened):
        with closing(opened()) as other:
            store.append(commit("post-a", 1, command_id="ada:k"))
            with pytest.raises(VersionConflict):
                other.append(commit("post-a", 1))
            with pytest.raises(DuplicateCommand):
                other.append(commit("post-b", 1, command_id="ada:k"))
            other.append(commit("post-a", 2))
            assert [found.first for found in store.load("post-a")] == [1, 2]

    def test_writers_race_on_one_stream(self, store):
        def write(writer: int) -> int:
            """Appends until the stream is long enough; gives how many commits it won."""
            won = 0
            while (first := (store.load("post-a") or [Nothing])[-1].last + 1) <= self.raced:
                won += isinstance(attempted(store, commit("post-a", first, actor=f"w{writer}")), Commit)
            return won

        with self.numbering(store):
            won = together(self.racers, write)
        assert sum(won) == self.raced
        assert [found.first for found in store.load("post-a")] == list(range(1, self.raced + 1))
        assert [found.first for found in self.read_all(store)] == list(range(1, self.raced + 1))

    def test_readers_never_skip_a_commit_while_eight_writers_append(self, store):
        done = threading.Event()

        def write(writer: int) -> None:
            for version in range(1, 31, 3):
                store.append(commit(f"post-{writer}", version))
                store.append_many([commit(f"post-{writer}", version + 1), commit(f"post-{writer}", version + 2)])

        def follow(_: int) -> list[SequencedCommit]:
            """Reads on from the last position seen, as a projector does; a hole would be skipped for good."""
            seen: list[SequencedCommit] = []
            while len(seen) < 240:
                last = done.is_set()
                seen += store.read(seen[-1].position if seen else 0, 7)
                if last and not store.read(seen[-1].position if seen else 0, 1):
                    break
            return seen

        with ThreadPoolExecutor(2) as readers:
            following = [readers.submit(follow, at) for at in range(2)]
            with self.numbering(store):
                together(8, write)
            done.set()
            followed = [reader.result() for reader in following]
        commits = self.read_all(store)
        assert [found.position for found in commits] == list(range(1, 241))
        assert followed == [commits, commits]
        for writer in range(8):
            versions = [found.first for found in commits if found.stream == f"post-{writer}"]
            assert versions == list(range(1, 31))


class Nothing:
    """Stands for the last commit of a stream that has none."""

    last = 0


def pages(store: EventStore) -> Iterator[SequencedCommit]:
    after = 0
    while page := store.read(after, 100):
        yield from page
        after = page[-1].position


def unnumbered(stored: Commit) -> Commit:
    return without_position(stored)


def kind(outcome: object) -> str:
    """Whether it has a position already differs from store to store."""
    return "Commit" if isinstance(outcome, Commit) else type(outcome).__name__


def attempted(store: EventStore, sent: Commit) -> Commit | VersionConflict | DuplicateCommand:
    try:
        return store.append(sent)
    except (VersionConflict, DuplicateCommand) as refusal:
        return refusal


def together(count: int, work: Callable[[int], Result]) -> list[Result]:
    """Runs work(0) … work(count - 1) in threads that start at the same moment."""
    gate = threading.Barrier(count)

    def started(at: int) -> Result:
        gate.wait()
        return work(at)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(started, range(count)))


@contextmanager
def closing(store: EventStore) -> Iterator[EventStore]:
    try:
        yield store
    finally:
        store.close()

"""What every event store must do. An adapter's test file inherits these cases and says how to open its store."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext

import msgspec
import pytest

from domain.commit import SequencedCommit
from domain.errors import ClaimTaken, DuplicateCommand, VersionConflict
from domain.ports import EventStore
from eventstore.chain import faults
from eventstore.codec import encode_commit
from eventstore.erasures import Erasures
from tests.eventstore.contract_world import attempted, kind, pages, together, unnumbered
from tests.eventstore.memory import MemoryEventStore
from tests.eventstore.reading_contract import ReadingContract
from tests.eventstore.samples import bodies, claiming, commit, published, released, text


class EventStoreContract(ReadingContract):
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
            correlation_id="c", causation_id="d", traceparent="t",
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

    def test_a_claim_is_held_by_one_commit(self, store):
        first = store.append(claiming("account-a", "ada"))
        assert unnumbered(store.find_claim("handle:ada")) == unnumbered(first)
        assert store.find_claim("handle:ida") is None
        with pytest.raises(ClaimTaken) as caught:
            store.append(claiming("account-b", "ada"))
        assert (caught.value.stream, caught.value.claim) == ("account-b", "handle:ada")
        outcomes = store.append_many(
            [claiming(f"account-{at}", name) for at, name in enumerate(("ada", "bob", "bob", "cid"))]
        )
        assert [*map(kind, outcomes)] == ["ClaimTaken", "Commit", "ClaimTaken", "Commit"]
        assert [one.claim for one in self.read_all(store)] == ["handle:ada", "handle:bob", "handle:cid"]

    def test_eight_threads_with_one_claim_store_one_commit(self, store):
        sent = [claiming(f"account-{at}", "ada") for at in range(8)]
        outcomes = together(8, lambda at: attempted(store, sent[at]))
        assert sorted(map(kind, outcomes)) == ["ClaimTaken"] * 7 + ["Commit"]
        assert len(self.read_all(store)) == 1

    def test_a_claim_goes_with_the_erasure_of_its_handle(self, store):
        store.append(claiming("account-a", "zoe"))
        store.append(commit("account-a", 2, released(1)), erase=[1])
        assert store.find_claim("handle:zoe") is None
        store.append(claiming("account-b", "zoe"))
        found = self.read_all(store)
        assert [one.claim for one in found] == [None, None, "handle:zoe"]
        assert b"zoe" not in encode_commit(found[0])

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

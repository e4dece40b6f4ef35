"""What every event store must do when it is read, erased from, restored and opened again."""

import threading
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.commit import Commit, SequencedCommit
from domain.errors import Damaged, DuplicateCommand, VersionConflict
from eventstore.chain import sequenced
from tests.eventstore.contract_world import Nothing, attempted, closing, together, unnumbered
from tests.eventstore.memory import MemoryEventStore
from tests.eventstore.samples import bodies, commit, erased, published, text

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


class ReadingContract:
    """The rest of EventStoreContract, which says what an adapter gives."""

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
        @settings(max_examples=40, database=None)
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
        assert (first.erased, first.salt, bytes(first.data)) == (True, None, b'{"author":"ada","post":"p"}')
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

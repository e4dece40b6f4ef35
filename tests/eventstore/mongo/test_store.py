"""The MongoDB event store keeps the contract, and settles each write whatever happens to the connection."""

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import msgspec
import pytest
from pymongo.collection import Collection
from pymongo.errors import WriteError

from domain.errors import Damaged, DuplicateCommand
from eventstore.codec import EventCodec
from eventstore.mongo.positions import MAX_BATCH_COMMITS, PositionBatches
from eventstore.mongo.store import MongoEventStore
from eventstore.relay.sequencer import Sequencer
from tests.eventstore.contract import EventStoreContract
from tests.eventstore.contract_world import attempted, together
from tests.eventstore.mongo.mongo_world import number, number_all
from tests.eventstore.samples import bodies, commit, erased, published, text

pytestmark = pytest.mark.server


class TestMongoEventStore(EventStoreContract):
    # FerretDB answers inserts that race for one key with deadlocks of a second each: more writers only wait longer.
    racers, raced = 4, 40

    @pytest.fixture
    def opened(self, opened):
        return opened

    def numbering(self, store) -> AbstractContextManager[object]:
        return numbered(store)


@contextmanager
def numbered(store: MongoEventStore) -> Iterator[None]:
    """Numbers in the background, as the relay does, and at the end what is left."""
    done = threading.Event()

    def work() -> None:
        sequencer = Sequencer(store)
        while not done.wait(0.002):
            number(sequencer, 20)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        number_all(store)


def test_the_indexes_are_made_at_start(store):
    made = store.commits.index_information()
    assert {name for name, index in made.items() if index.get("unique")} == {
        "one_commit_a_version", "one_holder_a_claim",
    }  # fmt: skip
    assert {"waiting_for_a_position", "erasures_under_way"} <= set(made)


def test_a_store_that_an_earlier_version_wrote_is_refused_with_what_to_do(store, opened):
    store.database["relay"].insert_one({"_id": "head", "base": 0, "ids": ["x"]})
    with pytest.raises(Damaged, match="earlier version"):
        opened()


def test_a_commit_is_one_document_with_its_data_as_structure(store):
    sent = store.append(commit("post-a", 1, published("one"), text("two"), command_id="ada:k"))
    (document,) = store.commits.find()
    assert (document["_id"], document["id"], document["first"], document["last"]) == ("ada:k", sent.id, 1, 2)
    assert document["waiting"] > 1_700_000_000_000_000_000
    assert document["events"][1]["data"] == {"body": "two", "post": "p", "reason": "", "title": "t", "url": ""}
    number_all(store)
    assert store.commits.find_one() == {name: value for name, value in document.items() if name != "waiting"}


def test_a_commit_without_a_command_has_its_own_id_as_key_and_is_no_commands(store):
    sent = store.append(commit("post-a", 1))
    assert store.commits.find_one({"_id": sent.id})
    assert store.find_command(sent.id) is None
    with pytest.raises(DuplicateCommand):
        store.append(commit("post-b", 1, command_id=sent.id))


def test_data_that_isnt_canonical_is_refused_before_it_is_stored(store):
    sent = commit("post-a", 1)
    event = msgspec.structs.replace(sent.events[0], data=msgspec.Raw(b'{"b": 1}'))
    with pytest.raises(Damaged, match="canonical"):
        store.append(msgspec.structs.replace(sent, events=(event,)))
    assert store.load("post-a") == []


def test_positions_are_kept_in_batches_and_read_by_page(store):
    store.append_many([commit(f"post-{at}", 1) for at in range(20)])
    for size in (1, 4, 7, 8):
        Sequencer(store).step(size)
    sizes = [len(batch.keys) for batch in store.positions.newest(9)]
    assert sizes == [8, 7, 4, 1]
    for after, limit in ((0, 1), (0, 20), (0, 50), (3, 2), (4, 1), (5, 7), (11, 2), (19, 5), (20, 5), (50, 5), (3, 0)):
        assert [one.position for one in store.read(after, limit)] == list(range(after + 1, min(20, after + limit) + 1))


def test_batches_that_come_between_two_looks_are_not_left_out(store):
    """A reader that passed over one would lose it for good: a relay sends what comes after."""
    for at in range(6):
        store.append(commit(f"post-{at}", 1))
    sequencer = Sequencer(store)
    number(sequencer, 1)

    class Busy:
        """The batches, of which there is one more after each look."""

        def __init__(self, batches: Collection) -> None:
            self._batches = batches

        def find_one(self, *arguments, **named):
            found = self._batches.find_one(*arguments, **named)
            number_two()
            return found

        def find(self, *arguments, **named):
            found = list(self._batches.find(*arguments, **named))
            number_two()
            return found

    def number_two() -> None:
        for _ in range(2):
            number(sequencer, 1)

    for after in (1, 0):
        given = PositionBatches(Busy(store.database["numbers"])).assigned(after, 10)
        assert [one.position for one in given] == list(range(after + 1, after + 1 + len(given)))
        assert given


def test_a_batch_holds_so_many_at_most(store):
    store.append_many([commit(f"post-{at}", 1) for at in range(MAX_BATCH_COMMITS + 1)])
    assert len(Sequencer(store).step(10 * MAX_BATCH_COMMITS)) == MAX_BATCH_COMMITS
    number_all(store)
    assert [one.position for one in store.read(MAX_BATCH_COMMITS - 1, 9)] == [MAX_BATCH_COMMITS, MAX_BATCH_COMMITS + 1]


def test_a_missing_commit_hides_no_other_and_ends_a_start(store):
    store.append_many([commit(f"post-{at}", 1) for at in range(5)])
    number_all(store)
    store.check()
    store.commits.delete_one({"id": store.read(2, 1)[0].id})
    assert [found.position for found in store.read(0, 9)] == [1, 2, 4, 5]
    assert [found.position for found in store.read(2, 1)] == [4]
    with pytest.raises(Damaged, match="position 3 is missing"):
        store.check()


def test_a_damaged_commit_comes_in_its_place_and_hides_no_other(store):
    store.append_many([commit(f"post-{at}", 1) for at in range(3)])
    number_all(store)
    store.commits.update_one({"stream": "post-1"}, {"$unset": {"actor": ""}})
    found = store.read(0, 9)
    assert [one.position for one in found] == [1, 2, 3]
    with pytest.raises(Damaged):
        EventCodec().decode(found[1].events[0], found[1])
    with pytest.raises(Damaged, match="malformed"):
        store.load("post-1")


def test_an_erasure_that_a_crash_left_half_done_is_finished_at_the_next_start(store, opened, monkeypatch):
    store.append(commit("post-a", 1, published("secret")))
    monkeypatch.setattr(store.erasures, "try_now", lambda *_: None)
    store.append(commit("post-a", 2, erased(1)), erase=[1])
    assert bodies(store.load("post-a")) == ["secret"]
    again = opened()
    assert bodies(again.load("post-a")) == [""]
    assert store.commits.find_one({"erasing": {"$exists": True}}) is None
    again.close()


def test_a_commit_that_waits_for_its_number_can_be_erased(store):
    store.append(commit("post-a", 1, published("secret")))
    store.append(commit("post-a", 2, erased(1)), erase=[1])
    number_all(store)
    assert bodies(store.read(0, 9)) == [""]


def test_an_export_is_not_restored_beside_commits_that_wait(store):
    with numbered(store):
        store.append(commit("post-a", 1))
    exported = store.read(0, 9)
    for collection in (store.commits, store.database["numbers"]):
        collection.delete_many({})
    store.append(commit("post-b", 1))
    with pytest.raises(Damaged, match="follow"):
        store.restore(exported)
    store.commits.delete_many({})
    store.restore(exported)
    assert store.read(0, 9) == exported


def test_a_restore_that_a_crash_ended_goes_on_with_the_positions_it_had(store, monkeypatch):
    store.append_many([commit(f"post-{at}", 1) for at in range(5)])
    number_all(store)
    exported = store.read(0, 9)
    for collection in (store.commits, store.database["numbers"]):
        collection.delete_many({})
    monkeypatch.setattr(store.positions, "insert_batch", crash)
    with pytest.raises(KeyboardInterrupt):
        store.restore(exported)
    monkeypatch.undo()
    number_all(store)
    assert store.read(0, 9) == exported


def crash(_: object) -> bool:
    raise KeyboardInterrupt


def test_writers_in_each_others_way_come_back_apart(store, monkeypatch):
    """As the server has it: an attempt begun while another is under way ends, after a while, both of them."""
    inside: set[int] = set()
    crossed: set[int] = set()
    lock, insert = threading.Lock(), Collection.insert_one

    def crowded(self: Collection, document: dict[str, object]) -> object:
        me = threading.get_ident()
        with lock:
            inside.add(me)
            if len(inside) > 1:
                crossed.update(inside)
        time.sleep(0.3)
        with lock:
            inside.discard(me)
            if me in crossed:
                crossed.discard(me)
                raise WriteError("deadlock detected", 16908292)
        return insert(self, document)

    monkeypatch.setattr(Collection, "insert_one", crowded)
    together(3, lambda at: attempted(store, commit("post-a", 1, actor=f"w{at}")))
    assert len(store.load("post-a")) == 1

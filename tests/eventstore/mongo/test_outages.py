"""Connections that are cut in the middle of a write."""

import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from domain.errors import DuplicateCommand, Unavailable, VersionConflict
from eventstore.mongo import appends
from eventstore.mongo.store import MongoEventStore
from tests.eventstore.contract import attempted, together
from tests.eventstore.mongo.mongo_world import number_all
from tests.eventstore.proxy import Proxy
from tests.eventstore.samples import commit
from tests.servers import MONGO_URL

pytestmark = pytest.mark.server


@pytest.fixture
def proxy(url) -> Iterator[Proxy]:
    proxy = Proxy(MONGO_URL)
    yield proxy
    proxy.close()


@pytest.fixture
def through(proxy, url) -> Iterator[MongoEventStore]:
    """A store that reaches its server through a connection that can be cut."""
    store = MongoEventStore(f"{proxy.url}/{url.rpartition('/')[2]}")
    yield store
    store.close()


@pytest.mark.parametrize("count", [1, 3])
def test_a_connection_cut_between_a_commit_and_its_answer_is_settled(store, through, proxy, count):
    sent = [commit(f"post-{at}", 1, command_id=f"ada:{at}") for at in range(count)]
    proxy.swallow_answer_to(b"\x02insert\x00")
    assert through.append_many(sent) == sent
    assert proxy.cut == 1
    assert [store.load(one.stream) for one in sent] == [[one] for one in sent]


def test_a_connection_cut_before_a_commit_arrives_is_settled_too(store, through, proxy):
    proxy.drop_request_with(b"\x02insert\x00")
    sent = through.append(commit("post-a", 1))
    assert proxy.cut == 1
    assert store.load("post-a") == [sent]


def test_a_commit_whose_answer_is_lost_and_which_loses_its_place_is_a_conflict(store, through, proxy):
    proxy.drop_request_with(b"\x02insert\x00", lambda: store.append(commit("post-a", 1)))
    with pytest.raises(VersionConflict):
        through.append(commit("post-a", 1))
    assert len(store.load("post-a")) == 1


def test_a_command_id_that_is_used_meanwhile_is_a_duplicate(store, through, proxy):
    proxy.drop_request_with(b"\x02insert\x00", lambda: store.append(commit("post-a", 1, command_id="ada:k")))
    with pytest.raises(DuplicateCommand):
        through.append(commit("post-b", 1, command_id="ada:k"))


def test_a_server_that_goes_away_is_unavailable_and_comes_back(store, through, proxy, monkeypatch):
    monkeypatch.setattr(appends, "OUTCOME_TIMEOUT_S", 0.3)
    proxy.refuse()
    with pytest.raises(Unavailable):
        through.append(commit("post-a", 1))
    with pytest.raises(Unavailable):
        through.load("post-a")
    proxy.accept()
    assert through.append(commit("post-a", 1)).first == 1


def test_cuts_at_random_lose_and_double_nothing(store, through, proxy):
    """Eight writers on four streams, each write sent until acknowledged, as people do."""
    acknowledged: list[str] = []
    done = threading.Event()

    def write(writer: int) -> None:
        for at in range(15):
            command = f"w{writer}:{at}"
            while True:
                stream = f"post-{writer % 4}"
                loaded = store.load(stream)
                sent = commit(stream, loaded[-1].last + 1 if loaded else 1, command_id=command)
                with suppress(Unavailable):
                    if not isinstance(attempted(through, sent), VersionConflict):
                        break
            acknowledged.append(command)

    def cut() -> None:
        while not done.wait(0.3):
            proxy.cut_all()

    cutting = threading.Thread(target=cut)
    cutting.start()
    together(8, write)
    done.set()
    cutting.join()
    number_all(store)
    stored = [found.command_id for found in store.read(0, 1_000)]
    assert sorted(stored) == sorted(acknowledged)
    assert len(set(stored)) == 120

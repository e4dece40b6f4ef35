"""Whoever changes a store behind its back is found: by looking at it, or by who kept a head of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domain import account, post, rights
from domain.errors import Damaged
from eventstore.heads import Head, deviation
from eventstore.mongo.store import MongoEventStore
from eventstore.verification import StoreVerification
from operational import store_heads
from projector.head_recorder import HeadRecorder
from tests.projector.conftest import Backend
from tests.projector.tampering import Document, change, change_data, cut, execute, rewrite
from transfer import export_file

ERASED, COMMITS = 2, 6
ON_SQLITE = pytest.mark.parametrize("either", ["sqlite"], indirect=True)
ON_MONGO = pytest.mark.parametrize("either", [pytest.param("mongo", marks=pytest.mark.server)], indirect=True)


@pytest.fixture
def site(either: Backend) -> Backend:
    """Six commits: position 2 is a post that was erased since, by position 5."""
    either.register("ann")
    erased = either.publish("Secret")
    either.publish("Kept")
    either.send(account.EditProfile(handle="ann", name="Ann", bio=""), command_id="edit")
    either.send(post.ErasePost(post=erased, reason="asked"), rights.OPERATOR)
    either.publish("Last")
    either.project()
    return either


def mongo_of(backend: Backend) -> MongoEventStore:
    assert backend.mongo is not None
    return backend.mongo


def faults(backend: Backend) -> list[str]:
    return list(StoreVerification(backend.store).faults())


def test_a_store_as_it_is_has_no_fault(site: Backend) -> None:
    verification = StoreVerification(site.store)
    assert list(verification.faults()) == []
    assert (verification.head.position, verification.head.chain) == site.store.head()
    assert verification.head.position == COMMITS


@ON_SQLITE
@pytest.mark.parametrize(
    "column", ["stream = 'post-x'", "command_id = 'ann:other'", "command_id = NULL", "first = 9", "last = 7"]
)
def test_a_column_of_sqlite_that_contradicts_its_document_is_found(site: Backend, column: str) -> None:
    execute(site, f"UPDATE commits SET {column} WHERE position = 4")
    assert faults(site) == ["position 4: the columns contradict the document"]


@ON_MONGO
@pytest.mark.parametrize(
    ("change_of", "found"),
    [
        ({"$set": {"last": 7}}, "position 4: fields of the document contradict each other"),
        ({"$unset": {"last": ""}}, "position 4: the document has last, or lacks it"),
        ({"$set": {"waiting": "soon"}}, "position 4: its marks"),
    ],
)
def test_a_field_of_mongodb_that_stands_twice_is_found(site: Backend, change_of: Any, found: str) -> None:
    mongo_of(site).commits.update_one({"id": site.store.read(3, 1)[0].id}, change_of)
    (fault,) = faults(site)
    assert fault.startswith(found)


@ON_MONGO
@pytest.mark.parametrize(
    ("change_of", "found"),
    [
        ({"before": "0" * 64}, "the document that gives it"),
        ({"words": "hidden"}, "the document that gives it"),
        ({"chains": []}, "the document that gives it"),
        ({"keys": "none"}, "can't be read"),
        ({"chains": 5}, "the document that gives it"),
    ],
)
def test_a_batch_of_positions_that_contradicts_itself_is_found(site: Backend, change_of: Any, found: str) -> None:
    site.publish("One batch more")
    site.number()
    mongo_of(site).database["numbers"].update_one({"_id": COMMITS}, {"$set": change_of})
    assert any(found in fault for fault in faults(site))


@ON_MONGO
def test_a_commit_that_has_no_position_and_never_gets_one_is_found(site: Backend) -> None:
    site.publish("Acknowledged")
    assert faults(site) == []
    mongo_of(site).commits.update_many({"waiting": {"$gt": 0}}, {"$unset": {"waiting": ""}})
    (fault,) = faults(site)
    assert fault.startswith("commit ")
    assert fault.endswith("never be shown")


def _in_commit(document: Document) -> None:
    document["aside"] = "new words"


def _in_event(document: Document) -> None:
    document["events"][0]["aside"] = "new words"


@pytest.mark.parametrize("position", [ERASED, 3])
@pytest.mark.parametrize("work", [_in_commit, _in_event])
def test_what_no_commit_has_is_found(site: Backend, position: int, work: Callable[[Document], None]) -> None:
    change(site, position, work)
    (fault,) = faults(site)
    assert fault.startswith(
        f"position {position}: the document has something" if site.mongo is None else f"position {position}: "
    )
    assert site.bus.stored(position - 1, 1)[0][0].position == position, "reading passes over it"


@pytest.mark.parametrize("fields", [{"body": "new words"}, {"aside": "new words"}, {"author": "eve"}, {"post": "p"}])
def test_what_is_put_into_an_erased_event_is_found_and_not_exported(
    site: Backend, tmp_path: Path, fields: dict[str, str]
) -> None:
    change_data(site, ERASED, **fields)
    found = faults(site)
    assert found != []
    assert all(f"version 1 (position {ERASED}) is erased, but" in fault for fault in found)
    with pytest.raises(Damaged, match=rf"\(position {ERASED}\) is erased, but"):
        export_file(site.store, tmp_path / "export.jsonl")
    assert list(tmp_path.glob("export*")) == []


def test_an_author_who_was_changed_in_an_erased_event_is_found_after_a_rebuild(site: Backend) -> None:
    change_data(site, ERASED, author="eve")
    site.rebuilder().switch(site.rebuilder().fill(lambda _: None)[0])
    assert site.rebuilder().verify(lambda _: None).same
    (fault,) = faults(site)
    assert fault.endswith(
        f"version 1 (position {ERASED}) is erased, but what is left of it isn't what its erasure left"
    )


def test_a_changed_text_is_not_exported(site: Backend, tmp_path: Path) -> None:
    change_data(site, 3, body="other words")
    with pytest.raises(Damaged, match=r"position 3: .* differs from its digest"):
        export_file(site.store, tmp_path / "export.jsonl")


def keeper(backend: Backend) -> HeadRecorder:
    return HeadRecorder(backend.generations.control, backend.store)


def test_a_tail_that_was_cut_off_before_it_was_shown_is_found_by_the_head_that_was_kept(site: Backend) -> None:
    site.publish("Not shown yet")
    site.number()
    kept = keeper(site)
    assert kept.step() == ""
    assert store_heads.highest(site.generations.control).position == COMMITS + 1  # type: ignore[union-attr]

    cut(site, COMMITS)

    assert faults(site) == [], "the store by itself can't show it"
    for looking in (kept, keeper(site)):
        assert f"ends at position {COMMITS}, and has been at {COMMITS + 1}" in looking.step()


def test_a_read_model_that_shows_more_than_the_store_has_differs(site: Backend) -> None:
    cut(site, COMMITS - 1)
    assert not site.rebuilder().verify(lambda _: None).same


def test_a_head_that_is_contradicted_stays_when_the_store_grows_past_it(site: Backend) -> None:
    assert keeper(site).step() == ""
    before = store_heads.highest(site.generations.control)
    cut(site, COMMITS - 1)
    for title in ("One", "Two", "Three"):
        site.publish(title)
    site.number()
    assert f"position {COMMITS} " in keeper(site).step()
    assert store_heads.highest(site.generations.control) == before


def test_a_chain_that_was_written_anew_is_found_after_a_rebuild_by_whoever_kept_a_head(site: Backend) -> None:
    kept, since = keeper(site), StoreVerification(site.store)
    assert kept.step() == ""
    assert list(since.faults()) == []

    rewrite(site, 3, "words that nobody wrote")
    site.rebuilder().switch(site.rebuilder().fill(lambda _: None)[0])

    assert faults(site) == [], "the store by itself can't show it"
    assert site.rebuilder().verify(lambda _: None).same
    for found in (deviation(site.store, since.head), kept.step(), keeper(site).step()):
        assert f"position {COMMITS} has the chain" in found


def test_a_store_that_grew_holds_an_earlier_head(site: Backend) -> None:
    position, chain = site.store.head()
    site.publish("More")
    site.number()
    assert deviation(site.store, Head(at="", chain=chain, position=position)) == ""
    assert deviation(site.store, Head(at="", chain="", position=0)) == ""


def test_the_head_of_several_processes_is_the_highest(site: Backend) -> None:
    older = store_heads.SeenHead(at="2026-11-24T06:00:00.000000Z", chain="0" * 64, position=1)
    assert keeper(site).step() == ""
    highest = store_heads.highest(site.generations.control)
    store_heads.record(site.generations.control, older)
    assert store_heads.highest(site.generations.control) == highest
    store_heads.accept(site.generations.control, older)
    assert store_heads.highest(site.generations.control) == older

"""Whoever has left: what they chose to erase is nowhere any more, what they chose to keep is under no one's name."""

import io
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import select

from domain import account, handle, ids, leaving
from domain.errors import HandleTaken
from domain.handle import placeholder
from eventstore.verification import StoreVerification
from operational import departures
from operational.tables import control_metadata
from readmodel.catalogue import answer
from readmodel.engine.connections import looking
from readmodel.engine.queries import HistoryOf, PostById
from readmodel.handles import handles_of
from tests.leaving.conftest import SECRET, ZOE, LeavingSite
from tests.projector.scrubbed_site import is_right
from transfer.jsonl_export import export


def exported(site: LeavingSite) -> bytes:
    out = io.BytesIO()
    export(site.store, out)
    return out.getvalue()


def is_sound(site: LeavingSite) -> bool:
    return list(StoreVerification(site.store).faults()) == [] and is_right(site)


def test_all_words_go_and_the_chain_verifies(either: LeavingSite) -> None:
    either.fill()
    assert either.found_of_zoe()
    opened = either.leave(reason=f"Tired of {SECRET}")
    done = either.carry_out()
    assert not either.found_of_zoe()
    assert SECRET.encode() not in exported(either)
    assert is_sound(either)
    assert done.id == opened.id
    assert done.counts == {
        "account": 1, "handles": 1, "tokens": 1, "webhooks": 1, "posts": 3, "comments": 2, "reasons": 2,
    }  # fmt: skip
    receipt = departures.commit_ids(either.generations.control, done)
    assert len(receipt) == len(set(receipt)) == sum(done.counts.values()) == done.commits
    stored = {commit.id: commit for commit in either.store.read(0, 1_000)}
    assert all(stored[id].actor == either.zoe for id in receipt)


def test_kept_words_are_no_ones(either: LeavingSite) -> None:
    either.fill()
    either.leave("keep")
    done = either.carry_out()
    assert set(done.counts) == {"account", "handles", "tokens", "webhooks"}
    found = exported(either)
    assert f"0 {SECRET}".encode() in found
    assert ZOE.encode() not in found
    assert f"Says {SECRET}".encode() not in found
    assert is_sound(either)
    with either.generations.connect() as connection:
        assert handles_of(connection, [either.zoe]) == {either.zoe: placeholder(either.zoe)}


def test_exceptions_are_kept_and_nothing_else(either: LeavingSite) -> None:
    either.fill()
    kept = (f"post-{either.of_zoe[0]}", f"comment-{either.answers[0]}")
    either.leave("erase", kept)
    done = either.carry_out()
    assert (done.counts["posts"], done.counts["comments"]) == (2, 1)
    texts = exported(either)
    assert texts.count(f"0 {SECRET}".encode()) == texts.count(f"Indeed {SECRET}".encode()) == 1
    assert f"{SECRET} again".encode() not in texts
    assert is_sound(either)


def test_exceptions_of_kept_words_are_erased(site: LeavingSite) -> None:
    site.fill()
    site.leave("keep", (f"post-{site.of_zoe[1]}",))
    done = site.carry_out()
    assert (done.counts["posts"], done.counts.get("comments", 0)) == (1, 0)
    assert f"{SECRET} again".encode() not in exported(site)


def test_an_admin_does_it_for_somebody(either: LeavingSite) -> None:
    either.fill()
    either.leave(by="root", reason=f"{SECRET} wrote a letter")
    either.carry_out()
    assert not either.found_of_zoe()
    assert is_sound(either)


def test_every_table_forgets_them(site: LeavingSite) -> None:
    """By the id of their account, which stays in the lists alone."""
    site.fill()
    rows = {name: _rows_of(site, name) for name in ("drafts", "sessions", "takeouts")}
    assert all(rows.values()), rows
    site.leave()
    site.carry_out()
    left = {table.name for table in control_metadata.sorted_tables if _rows_of(site, table.name)}
    assert left == {"departures"}


def _rows_of(site: LeavingSite, name: str) -> int:
    table = control_metadata.tables[name]
    with looking(site.generations.control) as connection:
        rows = connection.execute(select(table)).all()
    return sum(site.zoe in map(str, row) for row in rows)


def test_the_handle_is_reserved_for_a_year_without_being_there(either: LeavingSite) -> None:
    either.fill()
    either.leave()
    either.carry_out()
    assert ZOE.encode() not in exported(either)
    with pytest.raises(HandleTaken):
        either.register(ZOE)
    either.send(handle.ReleaseHandle(handle=ZOE, now=ids.now()), "root")
    either.number()
    either.send(account.RegisterAccount(handle=ZOE), ZOE)
    either.project()
    assert either.bus.aggregates().holder(ZOE) != either.zoe
    assert is_sound(either)


def test_former_handles_go_too(site: LeavingSite) -> None:
    site.fill()
    change = handle.ChangeHandle(handle=ZOE, new_handle=f"{ZOE}-2", now=ids.now(), former_until="2099")
    site.send(change, ZOE)
    site.leave()
    assert site.carry_out().counts["handles"] == 2
    assert not site.found_of_zoe()
    assert is_sound(site)
    for taken in (ZOE, f"{ZOE}-2"):
        with pytest.raises(HandleTaken):
            site.send(account.RegisterAccount(handle=taken), taken)


def test_what_others_did_stays(either: LeavingSite) -> None:
    either.fill()
    either.leave()
    either.carry_out()
    with either.generations.live().read() as connection:
        others = answer(connection, PostById(post=either.others))
        history = answer(connection, HistoryOf(stream=f"post-{either.others}"))
    assert (others.title, others.body, others.locked, others.comments) == ("Of ann", "words #tag", False, 1)
    assert [(item.type, item.actor, item.reason) for item in history][1:] == [
        ("PostLocked", placeholder(either.zoe), None),
        ("PostUnlocked", placeholder(either.zoe), None),
        ("PostReasonsErased", placeholder(either.zoe), None),
    ]


def test_nobody_who_came_back_loses_anything(either: LeavingSite) -> None:
    either.fill()
    until = ids.from_now(timedelta(days=14))
    departures.open_for(either.generations.control, either.zoe, "2000-01-01T00:00:00.000000Z")
    either.send(leaving.Leave(handle=ZOE, words="erase", until=until), ZOE)
    either.send(leaving.Return(handle=ZOE, now=ids.now()), ZOE)
    before = exported_after(either)
    either.eraser().look(Event())
    assert departures.of_account(either.generations.control, either.zoe) is None
    assert exported_after(either) == before


def exported_after(site: LeavingSite) -> bytes:
    site.project()
    return exported(site)

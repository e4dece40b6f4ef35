"""Drafts stand beside the generations: one an account and form, each save a version, no more than there may be."""

import pytest
from sqlalchemy import Engine

from domain.errors import Conflict
from operational import drafts, recovered_forms
from readmodel.generations.generations import Generations
from tests.readmodel.engine.test_tsql import executed_statements, tsql


def test_each_save_is_a_version_and_says_what_it_took_the_place_of(control: Engine) -> None:
    first, before = drafts.save(control, "ann", "/posts/new", {"title": "T", "body": "half"})
    assert (first.version, before) == (1, 0)
    second, before = drafts.save(control, "ann", "/posts/new", {"title": "T", "body": "whole"})
    assert (second.version, before, second.id) == (2, 1, first.id)
    assert drafts.find(control, "ann", "/posts/new") == second
    assert drafts.find(control, "bob", "/posts/new") is None


def test_only_its_owner_discards_it(control: Engine) -> None:
    draft, _ = drafts.save(control, "ann", "/posts/new", {"body": "mine"})
    assert drafts.discard(control, "bob", draft.id) is False
    assert drafts.all_of(control, "ann") == [draft]
    assert drafts.discard(control, "ann", draft.id) is True
    assert drafts.discard(control, "ann", draft.id) is False
    assert drafts.all_of(control, "ann") == []


def test_what_is_sent_is_no_draft_any_more(control: Engine) -> None:
    drafts.save(control, "ann", "/posts/new", {"body": "sent"})
    drafts.save(control, "bob", "/posts/new", {"body": "not sent"})
    drafts.delete_at(control, "ann", "/posts/new")
    assert (len(drafts.all_of(control, "ann")), len(drafts.all_of(control, "bob"))) == (0, 1)


def test_there_are_no_more_than_may_be_and_none_is_dropped(control: Engine) -> None:
    for number in range(drafts.MAX_DRAFTS):
        drafts.save(control, "ann", f"/{number}", {"body": str(number)})
    with pytest.raises(Conflict, match="Discard one"):
        drafts.save(control, "ann", "/more", {"body": "more"})
    drafts.save(control, "ann", "/0", {"body": "again"})
    assert len(drafts.all_of(control, "ann")) == drafts.MAX_DRAFTS
    assert drafts.all_of(control, "ann")[0].place == "/0"


def test_a_rebuild_leaves_them(generations: Generations, control: Engine) -> None:
    drafts.save(control, "ann", "/posts/new", {"body": "still here"})
    generations.lifecycle.switch(generations.lifecycle.create().number)
    assert len(drafts.all_of(control, "ann")) == 1


def test_a_recovered_form_is_no_draft_and_the_next_takes_its_place(control: Engine) -> None:
    assert recovered_forms.save(control, "ann", "/settings", {"bio": "first"})
    assert recovered_forms.find(control, "ann", "/settings") == {"bio": "first"}
    assert recovered_forms.find(control, "bob", "/settings") is None
    assert drafts.all_of(control, "ann") == []
    assert recovered_forms.save(control, "ann", "/posts/1/lock", {"reason": "second"})
    assert recovered_forms.find(control, "ann", "/settings") is None
    assert recovered_forms.save(control, "ann", "/" + 64 * "x", {}) is False


def test_a_recovered_edit_goes_with_the_text_that_it_began_with(control: Engine) -> None:
    recovered_forms.save(control, "ann", "/posts/1/edit", {"body": "secret", "version": "1"})
    drafts.delete_erased(control, {"post-1": 2})
    assert recovered_forms.find(control, "ann", "/posts/1/edit") is None


def test_all_that_is_said_can_be_said_to_sql_server(control: Engine) -> None:
    with executed_statements(control) as said:
        draft, _ = drafts.save(control, "ann", "/posts/new", {"body": "a"})
        drafts.save(control, "ann", "/posts/new", {"body": "b"})
        drafts.find(control, "ann", "/posts/new")
        drafts.all_of(control, "ann")
        drafts.discard(control, "ann", draft.id)
        drafts.delete_at(control, "ann", "/posts/new")
        recovered_forms.save(control, "ann", "/settings", {"bio": "a"})
    assert len(said) == 9
    for statement in said:
        tsql(statement)

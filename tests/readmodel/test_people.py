"""People are found by how their handle begins."""

import pytest

from domain.account import EditProfile, SuspendAccount
from readmodel import people
from readmodel.people import PeopleLike
from tests.readmodel.site import Site
from tests.readmodel.test_feed import explained


def test_those_whose_handle_begins_so_by_handle(site: Site) -> None:
    site.people("anna", "anton", "an-x")
    site.send(EditProfile(handle="anna", name="Anna K", bio=""), "anna")
    site.send(SuspendAccount(handle="anton", reason="Spam"), "mod")

    assert site.ask(PeopleLike(beginning="@AN")) == [("an-x", ""), ("ann", ""), ("anna", "Anna K")]
    assert site.ask(PeopleLike(beginning="ann", limit=1)) == [("ann", "")]


@pytest.mark.parametrize("beginning", ["", " ", "@", "%", "_", "\0", "zz", "\U0010ffff", "' --"])
def test_anything_else_finds_nobody(site: Site, beginning: str) -> None:
    assert site.ask(PeopleLike(beginning=beginning)) == []


def test_it_seeks_by_handle(site: Site) -> None:
    plan = explained(site.engine, people._LIKE.limit(8))
    assert plan == ["SEARCH accounts USING INDEX sqlite_autoindex_accounts_1 (handle>? AND handle<?)"]

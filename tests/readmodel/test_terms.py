"""Terms of suspension in the read model: a row says until when, and no answer says it once it is over."""

from datetime import timedelta

import pytest

from domain import ids
from domain.moderation.suspension import ReinstateAccount, SuspendAccount
from readmodel.accounts import suspended_among
from readmodel.engine.queries import AccountByHandle
from readmodel.people import PeopleLike
from tests.people import id_of
from tests.readmodel.site import Site

FUTURE = ids.from_now(timedelta(days=1))


def suspend(site: Site, until: str) -> None:
    """As of a day ago, so that the term may be over by now."""
    now = ids.from_now(timedelta(days=-1))
    site.send(SuspendAccount(handle="ann", reason="Spam", until=until, now=now), "mod")


def said(site: Site) -> tuple[bool, str | None, str | None]:
    ann = site.ask(AccountByHandle(handle="ann"))
    return ann.suspended, ann.suspended_reason, ann.suspended_until


@pytest.mark.parametrize("until", ["", FUTURE], ids=["endless", "a term"])
def test_while_it_lasts_everything_says_so(site: Site, until: str) -> None:
    suspend(site, until)
    assert said(site) == (True, "Spam", until or None)
    assert site.ask(PeopleLike(beginning="an")) == []
    with site.engine.connect() as connection:
        assert suspended_among(connection, [id_of("ann"), id_of("bob")]) == {id_of("ann")}
    site.send(ReinstateAccount(handle="ann"), "mod")
    assert said(site) == (False, None, None)


def test_once_it_is_over_nothing_says_so_and_nobody_is_told(site: Site) -> None:
    suspend(site, ids.from_now(timedelta(hours=-1)))
    assert said(site) == (False, None, None)
    assert [handle for handle, _ in site.ask(PeopleLike(beginning="an"))] == ["ann"]
    with site.engine.connect() as connection:
        assert suspended_among(connection, [id_of("ann")]) == set()
    suspend(site, FUTURE)
    assert said(site) == (True, "Spam", FUTURE)


def test_a_view_that_was_kept_is_true_as_of_any_moment(site: Site) -> None:
    suspend(site, FUTURE)
    kept = site.ask(AccountByHandle(handle="ann"))
    assert kept.as_of(ids.now()) is kept
    over = kept.as_of(FUTURE)
    assert (over.suspended, over.suspended_reason, over.suspended_until) == (False, None, None)
    suspend(site, "")
    endless = site.ask(AccountByHandle(handle="ann"))
    assert endless.as_of("9999-12-31T00:00:00.000000Z") is endless

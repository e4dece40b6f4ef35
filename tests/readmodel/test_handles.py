"""Rows of accounts that change their handle: a rebuild gives the same, over what was erased since, in any order."""

import itertools
import random

from domain.account import RegisterAccount
from domain.handle import ChangeHandle, ReleaseHandle
from domain.rights import OPERATOR
from readmodel.engine.queries import AccountByHandle, FormerHandle
from tests.people import id_of
from tests.readmodel.site import Site, empty_tables, fold, rows

NOW, LATER = "2026-06-01T00:00:00.000000Z", "2027-06-01T00:00:00.000000Z"


def renamed(site: Site, handle: str, new: str, actor: str | None = None) -> None:
    site.send(ChangeHandle(handle=handle, new_handle=new, now=NOW, former_until=LATER), actor or handle)


def story(site: Site) -> None:
    """zoe changes, goes back, changes again; her first handle is set free, and yan takes it."""
    site.people("zoe", "yan")
    for handle, new in (("zoe", "zelda"), ("zelda", "zoe"), ("zoe", "zazie")):
        renamed(site, handle, new)
    site.publish(body="for @zoe", by="ann")
    site.send(ReleaseHandle(handle="zoe", now=NOW), OPERATOR)
    renamed(site, "yan", "zoe")
    site.send(RegisterAccount(account=id_of("new"), handle="newcomer"), "newcomer")


def test_whatever_order_streams_come_in_the_rows_are_the_same(site: Site) -> None:
    story(site)
    streams = sorted({fact.stream for fact in site.facts})
    for number, facts in itertools.product(range(8), (site.facts, site.stored())):
        order = random.Random(number).sample(streams, len(streams))
        fresh = empty_tables()
        fold(fresh, sorted(facts, key=lambda fact: order.index(fact.stream)), batch=number + 1)
        assert rows(fresh) == rows(site.engine)
        fresh.dispose()


def test_who_is_called_so_now_and_who_was(site: Site) -> None:
    story(site)
    assert site.ask(AccountByHandle(handle="zoe")).posts == 0
    assert site.ask(AccountByHandle(handle=id_of("zoe"))).handle == "zazie"
    assert site.ask(FormerHandle(handle="zelda", now=NOW)) == "zazie"
    assert site.ask(FormerHandle(handle="yan", now=NOW)) == "zoe"
    assert site.ask(FormerHandle(handle="yan", now=LATER)) is None
    assert site.ask(FormerHandle(handle="nobody", now=NOW)) is None

"""Who else could judge an appeal: moderators and admins who may act at that moment."""

from datetime import timedelta

from domain.account import GrantRole
from domain.moderation.suspension import SuspendAccount
from domain.moderation.terms import later
from readmodel.moderation.staff import StaffBesides
from tests.people import id_of
from tests.readmodel.moderation.desk import Desk
from tests.readmodel.site import Site


def test_whose_suspension_is_over_counts_again(site: Site) -> None:
    desk = Desk(site)
    site.send(GrantRole(handle="ann", role="moderator"), "root")
    besides = (id_of("root"), id_of("mod"))
    until = later(desk.now, timedelta(days=1))
    site.send(SuspendAccount(handle="ann", reason="Spam", until=until, now=desk.now), "root")

    assert site.ask(StaffBesides(accounts=besides, now=desk.now)) == 0
    assert site.ask(StaffBesides(accounts=besides, now=until)) == 1

"""Pieces of a takeout that was replaced are deleted, and nobody else's."""

from sqlalchemy import func, select

from operational import takeout_pieces, takeouts
from operational.tables import takeout_pieces as pieces
from tests.takeout.conftest import TakeoutSite


def count(site: TakeoutSite, takeout: str) -> int:
    with site.generations.control.connect() as connection:
        wanted = select(func.count()).select_from(pieces).where(pieces.c.takeout == takeout)
        return int(connection.execute(wanted).scalar_one())


def test_they_go_with_the_next_look(site: TakeoutSite) -> None:
    site.fill()
    control = site.generations.control
    bobs = site.archive("bob").data
    site.archive("ann")
    found = site.takeout("ann")
    assert count(site, found.id) > 0
    with control.begin() as connection:
        takeouts.save(connection, found, id="another")
    takeout_pieces.drop_orphans(control)
    assert count(site, found.id) == 0
    assert takeout_pieces.files_of(control, found.id) == {}
    assert site.fetched("bob").data == bobs

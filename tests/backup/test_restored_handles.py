"""Handles that were set free since a backup was made stay so in a restored store, and nothing else goes with them."""

import pytest

from domain import ids
from domain.bus import operator
from domain.handle import ChangeHandle, ReleaseHandle
from eventstore.verification import StoreVerification
from tests.backup.conftest import Site
from tests.backup.test_restoring import restored, text_of


def renamed(site: Site, handle: str, new: str) -> None:
    change = ChangeHandle(handle=handle, new_handle=new, now=ids.now(), former_until=ids.now())
    site.record(site.send(change, handle))


def set_free(site: Site, handle: str) -> None:
    site.record(site.bus.send(ReleaseHandle(handle=handle, now=ids.now()), operator(ids.now())))
    site.number()


@pytest.mark.parametrize("backed_up_again", [True, False])
def test_a_handle_that_was_set_free_after_the_backup_stays_so_and_nothing_else_goes(
    site: Site, empty: Site, backed_up_again: bool
) -> None:
    before = site.bus.aggregates().account_named("ann")
    renamed(site, "ann", "quokka")
    renamed(site, "quokka", "ann")
    site.back_up()
    set_free(site, "quokka")
    if backed_up_again:
        site.back_up()
    restored(site, empty)
    empty.number()
    assert b"quokka" not in text_of(empty)
    assert list(StoreVerification(empty.store).faults()) == []
    ann = empty.bus.aggregates().account_named("ann")
    assert (ann.id, ann.name, ann.bio) == (before.id, before.name, before.bio)
    assert empty.bus.aggregates().holder("quokka") is None


def test_whoever_was_called_so_when_the_backup_was_made_is_called_so_again(site: Site, empty: Site) -> None:
    """The new handle came too late for it: without the old one nobody could log in."""
    site.back_up()
    ann = site.bus.aggregates().holder("ann")
    renamed(site, "ann", "anna")
    set_free(site, "ann")
    restored(site, empty)
    empty.number()
    assert empty.bus.aggregates().holder("ann") == ann
    assert list(StoreVerification(empty.store).faults()) == []

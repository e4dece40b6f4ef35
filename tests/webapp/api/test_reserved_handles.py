"""Reserved handles, on pages and in calls."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from domain.account import RegisterAccount
from domain.text import is_handle
from tests.webapp.api.conftest import PASSWORD, Api
from tests.webapp.conftest import World
from transfer.authors import Authors
from webapp.site import passwords, reserved_handles
from webapp.site.reserved_handles import ROUTES, STAFF

ORDINARY_WORDS = frozenset({"comments", "live", "people", "quote"})
"""First parts of addresses that aren't reserved: people are called so, and nobody takes @quote for a page of ours."""


@pytest.mark.parametrize("handle", ["admin", "@Moderator", "LOGIN", "ａｐｉ", "no-reply"])
def test_a_reserved_handle_is_refused(api: Api, handle: str) -> None:
    refused = api.stranger().post("/accounts", {"handle": handle, "password": PASSWORD})
    assert (refused.status_code, [fault["field"] for fault in refused.json["errors"]]) == (422, ["handle"])
    shown = api.world.visitor().send("/register", handle=handle, password=PASSWORD)
    assert (shown.status_code, "kept for the site itself" in shown.text) == (422, True)


@pytest.mark.parametrize("handle", ["admiral", "mod", "root", "team", "people", "quote", "help", "events"])
def test_another_handle_is_free(api: Api, handle: str) -> None:
    assert api.stranger().post("/accounts", {"handle": handle, "password": PASSWORD}).status_code == 201


def test_the_operator_adds_handles_and_sets_some_free(build: Callable[..., World]) -> None:
    changed = reserved_handles.changed(added=frozenset({"mayor"}), freed=frozenset({"admin", "mayoress"}))
    api = Api(build(reserved_handles=changed))
    for handle, status in (("mayor", 422), ("admin", 201), ("moderator", 422), ("mayoress", 201)):
        assert api.stranger().post("/accounts", {"handle": handle, "password": PASSWORD}).status_code == status, handle


def test_whoever_has_one_already_keeps_it_and_logs_in(api: Api) -> None:
    own = RegisterAccount(handle="admin", password_hash=passwords.hashed(PASSWORD))
    api.world.given(own, "admin")
    assert api.stranger().post("/tokens", {"handle": "admin", "password": PASSWORD}).status_code == 201
    logged_in = api.world.visitor().send("/login", handle="admin", password=PASSWORD)
    assert (logged_in.status_code, logged_in.location) == (303, "/")


def test_an_author_of_another_site_may_be_called_so(api: Api) -> None:
    """Nobody can log in to it, so nobody is taken for the site's staff by it here."""
    authors = Authors(api.world.bus)
    authors.register([("Moderator", datetime(2020, 1, 1, tzinfo=UTC))])
    assert authors.account("Moderator") == api.world.id("moderator") != ""


def test_the_first_part_of_every_address_is_reserved_or_an_ordinary_word(world: World) -> None:
    rules = [rule.rule for rule in world.app.url_map.iter_rules()] + ["/api"]
    parts = {rule.split("/")[1] for rule in rules}
    names = {part for part in parts if is_handle(part)}
    assert names - STAFF - ROUTES == ORDINARY_WORDS
    assert names >= ROUTES, "no longer an address"


def test_every_reserved_word_is_a_handle_and_stands_once() -> None:
    assert [word for word in STAFF | ROUTES if not is_handle(word)] == []
    assert (frozenset(), frozenset()) == (STAFF & ROUTES, (STAFF | ROUTES) & ORDINARY_WORDS)

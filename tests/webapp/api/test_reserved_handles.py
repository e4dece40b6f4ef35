"""Reserved handles: staff words and first parts of addresses, on pages and in calls."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from domain.reserved_handles import RESERVED_HANDLES
from domain.text import is_handle
from tests.webapp.api.conftest import PASSWORD, Api
from webapp.api.operations_index import OPERATIONS


@pytest.fixture
def strict(build: Callable[..., Any]) -> Api:
    return Api(build(reserved_handles=RESERVED_HANDLES))


@pytest.mark.parametrize("handle", ["admin", "@Moderator", "LOGIN", "ａｐｉ", "no-reply", "verbatim"])
def test_a_reserved_handle_is_refused(strict: Api, handle: str) -> None:
    refused = strict.stranger().post("/accounts", {"handle": handle, "password": PASSWORD})
    assert (refused.status_code, [fault["field"] for fault in refused.json["errors"]]) == (422, ["handle"])
    shown = strict.world.visitor().send("/register", handle=handle, password=PASSWORD)
    assert (shown.status_code, "kept for the site itself" in shown.text) == (422, True)


def test_another_handle_is_free(strict: Api) -> None:
    assert strict.stranger().post("/accounts", {"handle": "admiral", "password": PASSWORD}).status_code == 201


def test_every_first_part_of_an_address_is_reserved(api: Api) -> None:
    rules = [rule.rule for rule in api.world.app.url_map.iter_rules()] + [operation.path for operation in OPERATIONS]
    firsts = {re.split(r"[/.]", rule)[1] for rule in rules}
    assert {first for first in firsts if is_handle(first)} - RESERVED_HANDLES == set()


def test_each_of_them_could_be_a_handle() -> None:
    assert [handle for handle in RESERVED_HANDLES if not is_handle(handle)] == []

"""Reserved handles, on pages and in calls."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.webapp.api.conftest import PASSWORD, Api


@pytest.fixture
def strict(build: Callable[..., Any]) -> Api:
    return Api(build(reserved_handles=frozenset({"admin", "moderator", "login", "api"})))


@pytest.mark.parametrize("handle", ["admin", "@Moderator", "LOGIN", "ａｐｉ"])
def test_a_reserved_handle_is_refused(strict: Api, handle: str) -> None:
    refused = strict.stranger().post("/accounts", {"handle": handle, "password": PASSWORD})
    assert (refused.status_code, [fault["field"] for fault in refused.json["errors"]]) == (422, ["handle"])
    shown = strict.world.visitor().send("/register", handle=handle, password=PASSWORD)
    assert (shown.status_code, "kept for the site itself" in shown.text) == (422, True)


def test_another_handle_is_free(strict: Api) -> None:
    assert strict.stranger().post("/accounts", {"handle": "admiral", "password": PASSWORD}).status_code == 201

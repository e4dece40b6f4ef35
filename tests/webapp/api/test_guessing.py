"""Guessing passwords: counted by account, pages and API together, with back-off; and what a suspension ends."""

from collections.abc import Callable
from typing import Any

import pytest

from domain import ids
from domain.bus import operator
from domain.token import RevokeToken
from tests.webapp.api.conftest import PASSWORD, Api
from tests.webapp.html_pages import page
from webapp.site import password_attempts
from webapp.site.rate_counters import Counts, Limit


@pytest.fixture
def limited(build: Callable[..., Any]) -> Api:
    api = Api(build(rate_limits=True))
    api.program("mira")
    return api


def log_in(api: Api, password: str, address: str) -> int:
    visitor = api.world.visitor()
    fields = page(visitor.get("/login")).form("/login").fields | {"handle": "mira", "password": password}
    return visitor.client.post("/login", data=fields, environ_base={"REMOTE_ADDR": address}).status_code


def get_token(api: Api, password: str, address: str, handle: str = "mira") -> Any:
    return api.world.app.test_client().post(
        "/api/v1/tokens", json={"handle": handle, "password": password}, environ_base={"REMOTE_ADDR": address}
    )


def test_wrong_passwords_are_counted_by_account_from_any_address_on_pages_and_in_calls(limited: Api) -> None:
    for n in range(3):
        assert log_in(limited, "wrong horse battery", f"192.0.2.{n}") == 422
    for n in range(2):
        assert get_token(limited, "wrong horse battery", f"198.51.100.{n}").status_code == 401
    assert log_in(limited, PASSWORD, "203.0.113.1") == 429
    refused = get_token(limited, PASSWORD, "203.0.113.2")
    assert (refused.status_code, refused.json["type"]) == (429, "/api/problems/too-many")
    assert 0 < int(refused.headers["Retry-After"]) <= 60


def test_somebody_elses_account_is_not_slowed_down(limited: Api) -> None:
    limited.program("sal")
    for n in range(9):
        get_token(limited, "wrong horse battery", f"192.0.2.{n}")
    assert get_token(limited, PASSWORD, "192.0.2.1", "sal").status_code == 201


def test_a_handle_that_nobody_has_is_slowed_down_as_well(limited: Api) -> None:
    tried = [get_token(limited, "wrong horse battery", "192.0.2.1", "nobody").status_code for _ in range(6)]
    assert tried == [401] * 5 + [429]


def test_right_passwords_are_not_counted(limited: Api) -> None:
    assert [get_token(limited, PASSWORD, f"192.0.2.{n}").status_code for n in range(8)] == [201] * 8


def test_the_current_password_is_not_guessed_in_settings(limited: Api) -> None:
    mira = limited.world.logged_in("mira")
    fields = {"current_password": "wrong horse battery", "password": "another long one"}
    tried = [mira.send("/settings", "/settings/password", **fields).status_code for _ in range(7)]
    assert (tried[0], tried[-1]) == (422, 429)
    assert mira.get("/settings").status_code == 200, "whoever is logged in stays so"


def test_the_wait_grows_with_the_number_of_wrong_ones() -> None:
    assert [limit.seconds for limit in password_attempts.LIMITS] == sorted(
        limit.seconds for limit in password_attempts.LIMITS
    )
    counts = Counts(None, "key")
    limit = Limit(2, 60)
    assert counts.peek(limit, "a").remaining == 2
    counts.hit(limit, "a")
    counts.hit(limit, "a")
    assert (counts.peek(limit, "a").remaining, counts.peek(limit, "b").remaining) == (0, 2)


def test_a_suspension_ends_sessions_and_tokens(api: Api) -> None:
    api.program("mod", "moderator")
    program = api.program("mira")
    mira, mod = api.world.logged_in("mira"), api.world.logged_in("mod")
    assert mira.get("/settings").status_code == 200
    mod.send("/@mira", "/@mira/suspend", reason="Spam.")
    assert mira.get("/settings").status_code in (302, 303)
    refused = program.get("/posts")
    assert (refused.status_code, refused.json["type"]) == (403, "/api/problems/suspended")


def test_after_reinstatement_a_session_stays_ended_and_a_token_holds_again(api: Api) -> None:
    """docs/decisions/0090 says why."""
    program = api.program("mira")
    api.program("mod", "moderator")
    mira, mod = api.world.logged_in("mira"), api.world.logged_in("mod")
    ticket = program.post("/events/tickets").json["url"]
    taken_back = api.token("mira")
    mod.send("/@mira", "/@mira/suspend", reason="Spam.")
    assert (program.get("/events").status_code, api.stranger().get(ticket).status_code) == (403, 403)
    gone = RevokeToken(token=(taken_back.token or "").partition(".")[0])
    api.world.bus.send(gone, operator(ids.now()))
    mod.send("/@mira", "/@mira/reinstate", reason="Sorry.")
    assert mira.get("/settings").status_code in (302, 303)
    assert program.get("/events").status_code == 200
    assert taken_back.get("/events").status_code == 401
    with api.stranger().client.get(ticket, buffered=False) as stream:
        assert stream.status_code == 200


def test_somebody_suspended_can_log_in_again_to_read(api: Api) -> None:
    api.program("mira")
    api.suspended("mira")
    assert log_in(api, PASSWORD, "192.0.2.1") in (302, 303)

"""One machine behind nginx or Caddy, by the documented files: TLS, addresses, streams, uploads and weak tags."""

import json
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.client import HTTPResponse
from queue import Queue
from typing import Any

import pytest

from tests.deploy.proxied_site import HOST, ProxiedSite, plain_connection, site_behind
from tools.drill.processes import wait_for

pytestmark = [pytest.mark.server, pytest.mark.slow(120)]
PASSWORD = "correct horse battery"
STREAM_TIMEOUT_S = 20.0


@pytest.fixture(scope="module", params=["nginx", "compressing-nginx", "caddy"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxiedSite]:
    with site_behind(request.param, tmp_path_factory.mktemp(request.param)) as site:
        yield site


@pytest.fixture(scope="module")
def token(site: ProxiedSite) -> str:
    call(site, "POST", "/api/v1/accounts", {"handle": "mira", "password": PASSWORD})
    _, _, made = call(site, "POST", "/api/v1/tokens", {"handle": "mira", "password": PASSWORD, "label": "proxies"})
    return str(made["token"])


@pytest.fixture
def post(site: ProxiedSite, token: str) -> str:
    _, _, made = call(site, "POST", "/api/v1/posts", {"title": "Through a proxy", "body": "The first text."}, token)
    address = f"/api/v1/posts/{made['id']}"
    assert wait_for(STREAM_TIMEOUT_S, lambda: call(site, "GET", address)[0] == 200)
    return str(made["id"])


def call(
    site: ProxiedSite, method: str, path: str, body: object = None, token: str = "", **headers: str
) -> tuple[int, Mapping[str, str], Any]:
    """Status, headers and body of a call over TLS."""
    asked = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    asked |= {"Authorization": f"Bearer {token}"} if token else {}
    with closing(site.connection()) as line:
        line.request(method, path, None if body is None else json.dumps(body), asked)
        answer = line.getresponse()
        text = answer.read()
        is_json = "json" in answer.headers.get("Content-Type", "") and "Content-Encoding" not in answer.headers
        return answer.status, answer.headers, json.loads(text) if is_json and text else text


def test_cookies_are_for_tls_alone_and_plain_http_leads_there(site: ProxiedSite) -> None:
    status, headers, _ = call(site, "GET", "/register")
    assert status == 200
    assert "Secure" in headers["Set-Cookie"]
    assert "max-age" in headers["Strict-Transport-Security"]
    with closing(plain_connection(site)) as line:
        line.request("GET", "/tags/x?after=1", headers={"Host": HOST})
        answer = line.getresponse()
    assert answer.status == 308
    assert answer.getheader("Location", "").startswith(f"https://{HOST}")
    assert answer.getheader("Location", "").endswith("/tags/x?after=1")


def test_a_form_is_taken_and_leads_on_to_the_same_site(site: ProxiedSite) -> None:
    with closing(site.browser()) as browser:
        register = browser.get("/register").form("/register")
        assert register
        answer = browser.post(register.filled(handle="nora", password=PASSWORD))
        assert answer.status == 303
        assert answer.location.removeprefix(f"https://{HOST}:{site.https_port}").startswith("/")
        assert "nora" in browser.get("/").html


@pytest.mark.parametrize("path", ["/live/posts/{}", "/api/v1/events"])
def test_streams_come_as_they_are_written(site: ProxiedSite, token: str, post: str, path: str) -> None:
    told: Queue[str] = Queue()
    with closing(site.connection(60.0)) as line:
        headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {token}"}
        line.request("GET", path.format(post), headers=headers)
        stream = line.getresponse()
        assert stream.status == 200
        threading.Thread(target=_read, args=(stream, told), daemon=True).start()
        status, _, _ = call(site, "POST", f"/api/v1/posts/{post}/comments", {"body": "Said meanwhile."}, token)
        assert status == 201
        assert told.get(timeout=STREAM_TIMEOUT_S)


def _read(stream: HTTPResponse, told: "Queue[str]") -> None:
    try:
        for line in iter(stream.readline, b""):
            if line.startswith(b"data:"):
                told.put(line.decode())
    except (OSError, ValueError, AttributeError):
        return


def test_a_long_text_goes_through_and_a_too_large_one_is_refused_in_our_words(site: ProxiedSite, token: str) -> None:
    long = "Ein langer Text, der ganz bleibt: äöü € 🙂. " * 900
    status, _, made = call(site, "POST", "/api/v1/posts", {"title": "Long", "body": long}, token)
    assert status == 201
    stored = f"/api/v1/posts/{made['id']}"
    assert wait_for(STREAM_TIMEOUT_S, lambda: call(site, "GET", stored)[2].get("body") == long)
    status, headers, refused = call(site, "POST", "/api/v1/posts", {"title": "Huge", "body": "x" * 1_500_000}, token)
    assert status == 413
    assert headers["Content-Type"] == "application/problem+json"
    assert refused["status"] == 413


def test_an_edit_with_the_tag_as_it_came_is_taken_once(
    site: ProxiedSite, token: str, post: str, request: pytest.FixtureRequest
) -> None:
    _, headers, _ = call(site, "GET", f"/api/v1/posts/{post}", Accept_Encoding="gzip")
    tag = headers["ETag"]
    assert tag.startswith("W/") == ("compressing" in request.node.callspec.id)
    edit = {"title": "Through a proxy", "body": "The second text."}
    assert call(site, "PUT", f"/api/v1/posts/{post}", edit, token, If_Match=tag)[0] == 200
    assert call(site, "PUT", f"/api/v1/posts/{post}", edit | {"body": "A third."}, token, If_Match=tag)[0] == 412


def test_workers_are_replaced_at_hup_and_nobody_is_refused(site: ProxiedSite) -> None:
    before, stop = set(site.supervisor.children("web")), threading.Event()
    statuses: list[int] = []

    def ask() -> None:
        with closing(site.browser()) as browser:
            while not stop.is_set():
                statuses.append(browser.get("/").status)

    asking = [threading.Thread(target=ask) for _ in range(3)]
    for one in asking:
        one.start()
    leader = site.supervisor.pid("web")
    assert leader
    os.kill(leader, signal.SIGHUP)

    def others() -> bool:
        now = set(site.supervisor.children("web"))
        return len(now) == len(before) and not now & before

    replaced = wait_for(60.0, others)
    stop.set()
    for one in asking:
        one.join()
    assert replaced
    assert site.supervisor.pid("web") == leader
    assert set(statuses) == {200}


def test_a_visitor_cannot_choose_the_address_that_attempts_are_counted_by(site: ProxiedSite, token: str) -> None:
    def guess(number: int) -> int:
        forged = {"X_Forwarded_For": f"198.51.100.{number}", "X_Real_Ip": f"198.51.100.{number}"}
        guessed = {"handle": f"nobody-{number}", "password": "wrong wrong", "label": "x"}
        return call(site, "POST", "/api/v1/tokens", guessed, **forged)[0]

    assert wait_for(30.0, lambda: 429 in {guess(number) for number in range(60)})

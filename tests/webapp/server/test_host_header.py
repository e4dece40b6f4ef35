"""The Host header is what a client likes it to be: it comes back in no body and no header, and so in no cache."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from domain import account, post
from domain.ids import uuid7
from domain.webhook import AddWebhook
from operational import departures, drafts, webhook_deliveries
from tests.webapp.api.conftest import PASSWORD, Api
from tests.webapp.conftest import Visitor, World

FORGED = [
    {"Host": "evil.example"},
    {"Host": "evil.example:8443", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
    {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example", "X-Original-Host": "evil.example"},
]
STREAMS = ("/live/posts/", "/live/feed", "/api/v1/events/stream")


class FilledSite:
    """Somebody with every right, and one of everything that an address can name."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.token = Api(world).program("ann", "moderator", "admin")
        thing, gone = world.post("ann", "A title", "See @ann #tag"), world.post("ann", "Gone")
        said = world.comment("ann", thing)
        world.given(post.RemovePost(post=gone, reason="Spam"), "ann")
        hook, begun = uuid7(), uuid7()
        world.given(AddWebhook(handle="ann", webhook=hook, url="https://bot.example/"), "ann")
        drafts.save(world.generations.control, world.id("ann"), f"/posts/new/{begun}", {"title": "", "body": "Begun"})
        delivery = webhook_deliveries.add_test(world.generations.control, hook, "ann").id
        self.known = {
            "post": (thing, gone), "comment": (said,), "thing": (thing,), "handle": ("ann", "nobody"), "tag": ("tag",),
            "webhook": (hook,), "begun": (begun,), "delivery": (delivery,), "id": (thing, said, hook),
            "slug": ("not-found",), "takeout": (hook,), "role": ("moderator",), "filename": ("icons/favicon.svg",),
            "quarter": ("2020-Q1",), "case": (f"post-{thing}",),
            "receipt": (departures.open_for(world.generations.control, "gone", "2026-01-01T00:00:00.000000Z").id,),
            "named": (f"post-{thing}",), "report": (thing,), "target": (f"post-{thing}",),
            "batch": (thing,), "decision": (thing,), "appeal": (thing,),
            "month": (world.bus.stored(0, 1)[0][0].at[:7],),
        }  # fmt: skip

    def paths(self) -> Iterator[str]:
        """Every address that is asked with GET, a few that lead elsewhere, and some where there is nothing."""
        for app, mount in ((self.world.app, ""), (self.world.api, "/api")):
            for rule in app.url_map.iter_rules():
                if "GET" in (rule.methods or ()):
                    yield from (mount + path for path in self._filled(app, rule.rule))
        (thing, *_) = self.known["post"]
        yield from ("/?tag=tag", "/?author=ann", "/?sort=top", "/search?q=title", f"/posts/{thing}?version=1")
        yield from (f"/posts/{thing.upper()}", f"/posts/{thing}/", f"/posts//{thing}", "/settings//")
        yield from ("/nowhere", "/api/v1/nowhere", "/api/v1//posts", "/api", "/?sort=bad", "/@ANN", "/login?next=//x")

    def _filled(self, app: Flask, rule: str) -> Iterator[str]:
        name = re.search(r"<(?:[^:>]+:)?(\w+)>", rule)
        if name is None:
            yield rule
            return
        assert name[1] in self.known, f"nothing is known to fill {rule}"
        for value in self.known[name[1]]:
            yield from self._filled(app, rule.replace(name[0], value))


def session_cookie(visitor: Visitor) -> dict[str, str]:
    """The header by which the site knows this browser, whatever host it asks for."""
    name = visitor.client.application.config["SESSION_COOKIE_NAME"]
    found = visitor.client.get_cookie(name)
    assert found is not None
    return {"Cookie": f"{name}={found.value}"}


def forged(client: FlaskClient, path: str, headers: dict[str, str]) -> list[str]:
    """Where the forged host is in the answer to GET."""
    answer = client.get(path, headers=headers, buffered=False)
    found = [f"{name} of {path}: {value}" for name, value in answer.headers if "evil" in value]
    is_stream = answer.status_code == 200 and path.startswith(STREAMS)
    body = next(answer.iter_encoded(), b"") if is_stream else answer.data
    answer.close()
    return found + ([f"body of {path}"] if b"evil" in body else [])


@pytest.mark.parametrize("public_url", ["", "https://verbatim.example"])
def test_the_host_header_comes_back_nowhere(build, public_url: str) -> None:  # type: ignore[no-untyped-def]
    world = build(public_url=public_url)
    site = FilledSite(world)
    client = world.app.test_client(use_cookies=False)
    cookie = session_cookie(world.logged_in("ann"))
    assert client.get("/settings", headers=FORGED[0] | cookie).status_code == 200
    paths = list(dict.fromkeys(site.paths()))
    assert len(paths) > 100
    for headers in FORGED:
        token = headers | {"Authorization": f"Bearer {site.token.token}"}
        for path in paths:
            assert forged(client, path, headers) == [], "asked by a stranger"
            assert forged(client, path, headers | cookie) == [], "asked in a session"
            if path.startswith("/api/"):
                assert forged(client, path, token) == [], "asked with a token"
            # What was kept in the page cache meanwhile is given to others.
            assert forged(client, path, {}) == [], "asked afterwards"


def test_nor_in_the_answer_to_a_form_or_a_call(world: World) -> None:
    site = FilledSite(world)
    program, ann = site.token, world.logged_in("ann")
    calls = [program.post("/posts", {"title": "T", "body": "B"}, **FORGED[0])]
    calls.append(program.post("/webhooks", {"url": "https://bot.example/2"}, **FORGED[1]))
    calls.append(program.post("/posts", {"nonsense": 1}, **FORGED[1]))
    fields = ann.fields("/posts/new") | {"title": "From a page", "body": "Some words"}
    client, cookie = world.app.test_client(use_cookies=False), session_cookie(ann)
    for path in ("/posts/new", "/posts//new", "/settings"):
        calls.append(client.post(path, data=fields, headers=FORGED[0] | cookie))
        calls.append(client.post(path, data=fields, headers=FORGED[0]))
    for answer in calls:
        assert "evil" not in str(answer.headers) + answer.text
    assert {answer.status_code for answer in calls} >= {201, 303}


def test_a_registration_stores_no_host(world: World) -> None:
    visitor = world.visitor()
    fields = visitor.fields("/register") | {"handle": "bob", "password": PASSWORD}
    headers = FORGED[0] | session_cookie(visitor)
    client = world.app.test_client(use_cookies=False)
    assert client.post("/register", data=fields, headers=headers).status_code == 303
    stored = [event for _, events in world.bus.stored(0, 100) for event in events]
    assert any(isinstance(event, account.AccountRegistered) for event in stored)
    assert "evil" not in str(stored)

"""Removing in bulk on pages: previewed, claimed, ordered, seen, taken back; and nothing of it for anybody else."""

from threading import Event as Stop
from typing import Any

import pytest

from domain import ids, post
from eventstore.codec import EventCodec
from moderation.bulk_removal import BulkRemover
from readmodel.generations.lag import LagMeter
from tests.webapp.conftest import Visitor, World

PAGE = "/moderation/people/ann/remove"


def submit(visitor: Visitor, path: str, action: str, **fields: str) -> Any:
    """Sends the form of a page whose action begins so."""
    [form] = [one for one in visitor.see(path).forms if one.method == "post" and one.action.startswith(action)]
    return visitor.post(form.action, form.fields | fields)


class Spam:
    """ann wrote two posts and a comment, one more post is removed already."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ann, self.bob = world.person("ann"), world.person("bob")
        self.mod, self.may = world.person("mod", "moderator"), world.person("may", "moderator")
        self.root = world.person("root", "admin")
        self.posts = [world.post("ann", f"Cheap watches {number}") for number in (1, 2)]
        self.comment = world.comment("ann", self.posts[0])
        gone = world.post("ann", "Gone already")
        world.given(post.RemovePost(post=gone), "ann")

    def work(self) -> None:
        meter = LagMeter(self.world.store, self.world.generations.connect, lambda _key, _partitions: 0)
        remover = BulkRemover(self.world.generations, self.world.store, EventCodec(), self.world.bus, meter)
        for _ in range(4):
            self.world.bus.catch_up()
            remover.look(Stop())
        self.world.bus.catch_up()

    def claimed(self, by: Visitor | None = None) -> None:
        assert submit(by or self.mod, PAGE, f"{PAGE}/claim").status_code == 303

    def order(self, by: Visitor | None = None, path: str = f"{PAGE}?period=all", **fields: str) -> Any:
        return submit(by or self.mod, path, f"{PAGE}?", **{"reason": "Spam"} | fields)

    def ordered(self, **fields: str) -> str:
        """The address of a batch's page."""
        self.claimed()
        answer = self.order(**fields)
        assert answer.status_code == 303, answer.text
        return str(answer.location)


@pytest.fixture
def spam(world: World) -> Spam:
    return Spam(world)


def test_a_moderator_previews_claims_removes_and_takes_back(spam: Spam) -> None:
    page = spam.mod.see(f"{PAGE}?period=all")
    assert "2 posts, 1 comment" in page.text
    assert "1 text is removed already" in page.text
    assert "Cheap watches 2" in page.text
    assert "Well said." in spam.mod.see(f"{PAGE}?period=all&kind=comment").text
    assert "Claim the case first" in page.text

    batch = spam.ordered()
    assert "being carried out" in spam.mod.see(batch).text
    spam.work()
    shown = spam.mod.see(batch).text
    assert "3 removed, 0 of them restored." in shown
    assert spam.bob.get(f"/posts/{spam.posts[0]}").status_code == 410

    spam.world.given(post.RestorePost(post=spam.posts[1], reason="Fine"), "may")
    assert spam.mod.send(batch, f"{batch}/take-back", reason="A mistake").location == batch
    spam.work()
    shown = spam.mod.see(batch).text
    assert "3 removed, 2 of them restored." in shown
    assert "changed since, left as it is" in shown
    assert "1 text changed since, and stays as it is" in shown
    assert spam.bob.get(f"/posts/{spam.posts[0]}").status_code == 200


def test_the_author_is_told_once_and_the_log_has_one_line(spam: Spam) -> None:
    spam.ordered()
    spam.work()
    told = spam.ann.see("/notifications").text
    assert told.count("removed what") == 1
    assert "removed your" not in told
    log = spam.world.visitor().see("/log").text
    assert log.count("wrote in a period") == 1
    assert "removed a post" not in log


def test_the_account_is_suspended_too(spam: Spam) -> None:
    spam.ordered(suspends="y", days="7")
    spam.work()
    assert "suspended until" in spam.world.visitor().see("/@ann").text


def test_only_the_period_that_was_previewed_goes(spam: Spam) -> None:
    spam.claimed()
    path = f"{PAGE}?period=between&since=2020-01-01T00:00&until=2020-02-01T00:00"
    assert "0 posts, 0 comments" in spam.mod.see(path).text
    batch = spam.order(path=path).location
    spam.work()
    assert "0 removed" in spam.mod.see(batch).text


@pytest.mark.parametrize("query", ["period=between&since=x&until=<b>", "period=%00", "kind=x", "period=hour&since=9"])
def test_odd_periods_do_no_harm(spam: Spam, query: str) -> None:
    page = spam.mod.see(f"{PAGE}?{query}").text
    assert "<b>" not in page


def test_without_a_claim_or_a_reason_nothing_is_ordered(spam: Spam) -> None:
    token = spam.mod.fields("/posts/new")["csrf_token"]
    fields = {"csrf_token": token, "reason": "Spam", "days": ""}
    head = spam.world.head()
    assert spam.mod.post(PAGE, fields).status_code == 409
    spam.claimed(spam.may)
    taken = spam.world.head()
    assert spam.mod.post(PAGE, fields).status_code == 409
    assert spam.may.post(PAGE, fields | {"reason": " "}).status_code in (400, 422)
    refused = spam.order(spam.may, reason=" ")
    assert refused.status_code == 422
    assert 'id="reason-error"' in refused.text
    assert spam.world.head() == taken != head


def test_it_is_for_moderators_and_not_about_themselves(spam: Spam) -> None:
    batch = spam.ordered()
    for visitor, status in ((spam.world.visitor(), 303), (spam.bob, 403), (spam.ann, 403)):
        for path in (PAGE, batch, f"{batch}/state"):
            assert visitor.get(path).status_code == status, path
    assert spam.mod.get("/moderation/people/mod/remove").status_code == 403
    assert spam.mod.get("/moderation/people/nobody/remove").status_code == 404
    assert spam.mod.get(f"/moderation/bulk/{ids.uuid7()}").status_code == 404
    assert spam.mod.get("/moderation/bulk/x").status_code == 404
    token = spam.bob.fields("/posts/new")["csrf_token"]
    for path in (PAGE, f"{PAGE}/claim", f"{batch}/take-back"):
        assert spam.bob.post(path, {"csrf_token": token, "reason": "r"}).status_code == 403, path


def test_a_form_sent_twice_orders_once(spam: Spam) -> None:
    spam.claimed()
    page = spam.mod.see(f"{PAGE}?period=all")
    [form] = [one for one in page.forms if one.action.startswith(f"{PAGE}?")]
    fields = form.fields | {"reason": "Spam"}
    first, second = spam.mod.post(form.action, fields), spam.mod.post(form.action, fields)
    assert first.location == second.location

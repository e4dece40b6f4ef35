"""Promise 8 for those who act and those who follow: what can't be read parks its own stream, and all others go on."""

from pathlib import Path

import msgspec
import pytest

from domain import account, comment, ids, like, post, webhook
from domain.errors import Parked, Refused
from domain.gaps import UNREADABLE
from domain.messages import Command, Envelope, Receipt
from eventstore.codec import EventCodec
from operational import webhook_deliveries
from readmodel.generations.generations import Generations
from tests.promises.stores import DAMAGES, EITHER, Shelf, add_unknown, damage, shelf
from transfer.cloudevents import CloudEvent, Onlooker
from webhooks.follower import Follower

__all__ = ["shelf"]

SECRETS = ("Secret", "plans", "Crane", "malformed", "missing", "{")


class People:
    """ann's post with three versions and a comment with as many; another post; bob."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        for handle in ("ann", "bob"):
            shelf.send(account.RegisterAccount(handle=handle), handle)
        self.post, self.other, self.comment = ids.uuid7(), ids.uuid7(), ids.uuid7()
        for id in (self.post, self.other):
            shelf.send(post.NewPost(post=id, title="Secret", body="plans"))
        shelf.send(comment.AddComment(comment=self.comment, post=self.post, body="Secret"))
        for version in (1, 2):
            shelf.send(post.EditPost(post=self.post, version=version, title="Secret", body=f"plans {version}"))
            shelf.send(comment.EditComment(comment=self.comment, version=version, body=f"Secret {version}"))
        shelf.settle()

    def seen(self, handle: str = "bob") -> list[CloudEvent]:
        """What happened, a page of three commits after the other."""
        self.shelf.settle()
        seen, after = [], 0
        while stored := self.shelf.bus.stored(after, 3):
            assert [commit.position for commit, _ in stored] == list(range(after + 1, after + 1 + len(stored)))
            for events in Onlooker(self.shelf.bus, handle, uses_roles=False).shown(stored):
                seen += events
            after = stored[-1][0].position
        return seen


@pytest.fixture
def people(shelf: Shelf) -> People:
    return People(shelf)


def refused(shelf: Shelf, command: Command, stream: str, actor: str = "bob") -> None:
    """As parked, with a sentence that names the stream and gives nothing away; each way of sending it."""
    for bus in (shelf.bus, shelf.new_bus()):
        with pytest.raises(Parked) as caught:
            bus.send(command, Envelope(actor=actor, at=ids.now()))
        (outcome,) = bus.send_batch([(command, Envelope(actor=actor, at=ids.now()))])
        for refusal in (caught.value, outcome):
            assert isinstance(refusal, Parked)
            assert refusal.parked == stream
            assert stream in refusal.sentence
            assert not any(secret in refusal.sentence for secret in SECRETS)


@EITHER
@DAMAGES
def test_nothing_is_decided_about_a_stream_that_cannot_be_read(shelf: Shelf, people: People, how: str):
    stream = post.stream(people.post)
    damage(shelf, stream, how)
    shelf.settle()
    head = shelf.store.head()
    for command in (
        like.Like(target=stream),
        comment.AddComment(comment=ids.uuid7(), post=people.post, body="well"),
        post.EditPost(post=people.post, version=3, title="t", body="b"),
        post.RemovePost(post=people.post),
        comment.EditComment(comment=people.comment, version=3, body="b"),
    ):
        refused(shelf, command, stream, "ann")
    shelf.settle()
    assert shelf.store.head() == head
    assert shelf.send(like.Like(target=post.stream(people.other)), "bob").version == 1


@EITHER
@DAMAGES
def test_one_such_stream_spoils_no_batch(shelf: Shelf, people: People, how: str):
    damage(shelf, post.stream(people.post), how)
    bad, good = (like.Like(target=post.stream(id)) for id in (people.post, people.other))
    outcomes = shelf.bus.send_batch([(command, Envelope(actor="bob", at=ids.now())) for command in (bad, good)])
    assert [type(outcome) for outcome in outcomes] == [Parked, Receipt]


@EITHER
@DAMAGES
def test_what_was_accepted_before_is_answered_as_before(shelf: Shelf, people: People, how: str):
    first = shelf.send(like.Like(target=post.stream(people.post)), "bob", "k")
    damage(shelf, post.stream(people.post), how)
    assert shelf.send(like.Like(target=post.stream(people.post)), "bob", "k").commit == first.commit


@EITHER
@pytest.mark.parametrize("kind", ["account", "token", "webhooks", "like"])
def test_every_kind_of_stream_is_parked_alike(shelf: Shelf, people: People, kind: str):
    token = ids.uuid7()
    target = post.stream(people.post)
    stream, command = {
        "account": ("account-bob", post.NewPost(post=ids.uuid7(), title="t", body="b")),
        "token": (f"token-{token}", post.NewPost(post=ids.uuid7(), title="t", body="b")),
        "webhooks": ("webhooks-bob", webhook.RemoveWebhook(handle="bob", webhook=token)),
        "like": (like.stream(target, "bob"), like.Like(target=target)),
    }[kind]
    add_unknown(shelf.store, stream)
    if kind == "token":
        with pytest.raises(Parked, match=stream):
            shelf.bus.aggregates().token(token)
    else:
        refused(shelf, command, stream)


@EITHER
@DAMAGES
def test_who_follows_gets_a_marked_gap_and_goes_on(shelf: Shelf, people: People, how: str):
    stream = post.stream(people.post)
    before = {event.position for event in people.seen()}
    version = damage(shelf, stream, how)
    seen = people.seen()
    (gap,) = (event for event in seen if event.type == UNREADABLE)
    if how in ("missing", "headless"):
        assert gap.subject == f"position-{gap.position}"
    else:
        assert (gap.subject, gap.version) == (stream, version)
    assert {event.position for event in seen} == before | {gap.position}
    assert (gap.actor, gap.reason, list(gap.data)) == (None, None, ["detail"])
    told = msgspec.json.encode(gap).decode()
    assert not any(secret in told for secret in SECRETS[:-1])
    assert len({event.id for event in seen}) == len(seen)


@EITHER
def test_words_of_a_post_that_cannot_be_read_are_shown_to_nobody_who_might_not_see_them(shelf: Shelf, people: People):
    """Nobody can tell whether it is removed."""
    add_unknown(shelf.store, post.stream(people.post))
    seen = [event for event in people.seen() if people.post in (event.data.get("post"), event.subject)]
    assert not any("Secret" in str(event.data) for event in seen)
    assert any("Secret" in str(event.data) for event in people.seen() if event.data.get("post") == people.other)


@EITHER
@pytest.mark.parametrize(
    ("stream", "subject"),
    [
        (f"token-{ids.uuid7()}", None),
        ("webhooks-bob", None),
        (f"report-post-{ids.uuid7()}-bob", "position-"),
        ("account-bob", "account-bob"),
        (like.stream("post-0192abcd-0000-7000-8000-000000000001", "bob"), "post-0192abcd-0000-7000-8000-000000000001"),
    ],
    ids=["token", "webhooks", "report", "account", "like"],
)
def test_a_gap_gives_away_nothing_of_a_private_stream(shelf: Shelf, people: People, stream: str, subject: str | None):
    add_unknown(shelf.store, stream)
    gaps = [event for event in people.seen() if event.type == UNREADABLE]
    assert len(gaps) == (0 if subject is None else 1)
    for gap in gaps:
        assert gap.subject == subject or (gap.subject.startswith("position-") and subject == "position-")
        assert "report" not in msgspec.json.encode(gap).decode()


@EITHER
def test_somebody_whose_own_account_cannot_be_read_can_still_follow(shelf: Shelf, people: People):
    before = len(people.seen("bob"))
    add_unknown(shelf.store, "account-bob")
    assert len(people.seen("bob")) == before + 1


@EITHER
@DAMAGES
def test_webhooks_are_told_of_the_gap(shelf: Shelf, people: People, tmp_path: Path, how: str):
    generations = Generations(f"sqlite:///{tmp_path / 'read.db'}")
    generations.migrate()
    every, edits, likes = (ids.uuid7() for _ in range(3))
    for id, kinds in ((every, ()), (edits, ("PostEdited",)), (likes, ("Liked",))):
        shelf.send(webhook.AddWebhook(handle="bob", webhook=id, url="https://example.org/", kinds=kinds), "bob")
    shelf.settle()
    follower = Follower(shelf.store, EventCodec(), generations.control)
    follower.step()
    stream = f"post-{ids.uuid7()}"
    shelf.send(post.NewPost(post=stream[5:], title="Secret", body="plans"))
    for version in (1, 2):
        shelf.send(post.EditPost(post=stream[5:], version=version, title="Secret", body=f"plans {version}"))
    shelf.settle()
    damage(shelf, stream, how)
    shelf.send(like.Like(target=post.stream(people.other)), "bob")
    shelf.settle()
    while follower.step()[0]:
        pass
    told = {id: _types(generations, id) for id in (every, edits, likes)}
    assert told[every].count(UNREADABLE) == 1
    assert told[every][-1] == "Liked"
    assert UNREADABLE not in told[edits]
    assert told[likes] == ["Liked"]
    generations.close()


def _types(generations: Generations, webhook: str) -> list[str]:
    found = webhook_deliveries.listed(generations.control, webhook, None, limit=100).items
    return [one.type for one in sorted(found, key=lambda one: (one.position, one.version))]


def test_parked_is_a_refusal_with_a_sentence_for_people():
    assert issubclass(Parked, Refused)
    assert "this post (post-x)" in Parked("post-x").sentence
    assert Parked("crane-x").message.values["stream"] == "crane-x"  # type: ignore[attr-defined]

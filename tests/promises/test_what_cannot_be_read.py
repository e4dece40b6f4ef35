"""Promise 8 for those who act and those who follow: what can't be read parks its own stream, and all others go on."""

from pathlib import Path

import msgspec
import pytest

from domain import account, comment, ids, like, post, webhook
from domain.errors import Parked, Refused
from domain.gaps import UNREADABLE
from domain.handle import placeholder
from domain.messages import Command, Envelope, Receipt
from eventstore.codec import EventCodec
from operational import webhook_deliveries
from readmodel.generations.generations import Generations
from tests.people import id_of
from tests.promises.stores import DAMAGES, ON_EITHER_STORE, WriteSide, add_unknown, damage, write_side
from transfer.cloudevents import TYPE_PREFIX, CloudEvent, Onlooker
from webhooks.follower import Follower

__all__ = ["write_side"]

SECRETS = ("Secret", "plans", "Crane", "malformed", "missing", "{")


class People:
    """ann's post with three versions and a comment with as many; another post; bob."""

    def __init__(self, write_side: WriteSide) -> None:
        self.write_side = write_side
        for handle in ("ann", "bob"):
            write_side.send(account.RegisterAccount(account=id_of(handle), handle=handle), handle)
        self.post, self.other, self.comment = ids.uuid7(), ids.uuid7(), ids.uuid7()
        for id in (self.post, self.other):
            write_side.send(post.NewPost(post=id, title="Secret", body="plans"))
        write_side.send(comment.AddComment(comment=self.comment, post=self.post, body="Secret"))
        for version in (1, 2):
            write_side.send(post.EditPost(post=self.post, version=version, title="Secret", body=f"plans {version}"))
            write_side.send(comment.EditComment(comment=self.comment, version=version, body=f"Secret {version}"))
        write_side.settle()

    def seen(self, handle: str = "bob") -> list[CloudEvent]:
        """What happened, a page of three commits after the other."""
        self.write_side.settle()
        seen, after = [], 0
        while stored := self.write_side.bus.stored(after, 3):
            assert [commit.position for commit, _ in stored] == list(range(after + 1, after + 1 + len(stored)))
            for events in Onlooker(self.write_side.bus, handle, uses_roles=False).shown(stored):
                seen += events
            after = stored[-1][0].position
        return seen


@pytest.fixture
def people(write_side: WriteSide) -> People:
    return People(write_side)


def refused(write_side: WriteSide, command: Command, stream: str, actor: str = "bob") -> None:
    """As parked, with a sentence that names the stream and gives nothing away; each way of sending it."""
    for bus in (write_side.bus, write_side.new_bus()):
        with pytest.raises(Parked) as caught:
            bus.send(command, Envelope(actor=actor, at=ids.now()))
        (outcome,) = bus.send_batch([(command, Envelope(actor=actor, at=ids.now()))])
        for refusal in (caught.value, outcome):
            assert isinstance(refusal, Parked)
            assert refusal.parked == stream
            assert stream in refusal.sentence
            assert not any(secret in refusal.sentence for secret in SECRETS)


@ON_EITHER_STORE
@DAMAGES
def test_nothing_is_decided_about_a_stream_that_cannot_be_read(write_side: WriteSide, people: People, how: str):
    stream = post.stream(people.post)
    damage(write_side, stream, how)
    write_side.settle()
    head = write_side.store.head()
    for command in (
        like.Like(target=stream),
        comment.AddComment(comment=ids.uuid7(), post=people.post, body="well"),
        post.EditPost(post=people.post, version=3, title="t", body="b"),
        post.RemovePost(post=people.post),
        comment.EditComment(comment=people.comment, version=3, body="b"),
    ):
        refused(write_side, command, stream, "ann")
    write_side.settle()
    assert write_side.store.head() == head
    assert write_side.send(like.Like(target=post.stream(people.other)), "bob").version == 1


@ON_EITHER_STORE
@DAMAGES
def test_one_such_stream_spoils_no_batch(write_side: WriteSide, people: People, how: str):
    damage(write_side, post.stream(people.post), how)
    bad, good = (like.Like(target=post.stream(id)) for id in (people.post, people.other))
    outcomes = write_side.bus.send_batch([(command, Envelope(actor="bob", at=ids.now())) for command in (bad, good)])
    assert [type(outcome) for outcome in outcomes] == [Parked, Receipt]


@ON_EITHER_STORE
@DAMAGES
def test_what_was_accepted_before_is_answered_as_before(write_side: WriteSide, people: People, how: str):
    first = write_side.send(like.Like(target=post.stream(people.post)), "bob", "k")
    damage(write_side, post.stream(people.post), how)
    assert write_side.send(like.Like(target=post.stream(people.post)), "bob", "k").commit == first.commit


@ON_EITHER_STORE
@pytest.mark.parametrize("kind", ["account", "token", "webhooks", "like"])
def test_every_kind_of_stream_is_parked_alike(write_side: WriteSide, people: People, kind: str):
    token = ids.uuid7()
    target = post.stream(people.post)
    stream, command = {
        "account": (account.stream(id_of("bob")), post.NewPost(post=ids.uuid7(), title="t", body="b")),
        "token": (f"token-{token}", post.NewPost(post=ids.uuid7(), title="t", body="b")),
        "webhooks": (webhook.stream(id_of("bob")), webhook.RemoveWebhook(handle="bob", webhook=token)),
        "like": (like.stream(target, id_of("bob")), like.Like(target=target)),
    }[kind]
    add_unknown(write_side.store, stream)
    if kind == "token":
        with pytest.raises(Parked, match=stream):
            write_side.bus.aggregates().token(token)
    else:
        refused(write_side, command, stream)


@ON_EITHER_STORE
@DAMAGES
def test_who_follows_gets_a_marked_gap_and_goes_on(write_side: WriteSide, people: People, how: str):
    stream = post.stream(people.post)
    before = {event.position for event in people.seen()}
    version = damage(write_side, stream, how)
    seen = people.seen()
    (gap,) = (event for event in seen if event.type == TYPE_PREFIX + UNREADABLE)
    if how in ("missing", "headless"):
        assert gap.subject == f"position-{gap.position}"
    else:
        assert (gap.subject, gap.version) == (stream, version)
    assert {event.position for event in seen} == before | {gap.position}
    assert (gap.actor, gap.reason, list(gap.data)) == (None, None, ["detail"])
    told = msgspec.json.encode(gap).decode()
    assert not any(secret in told for secret in SECRETS[:-1])
    assert len({event.id for event in seen}) == len(seen)


@ON_EITHER_STORE
def test_words_of_a_post_that_cannot_be_read_are_shown_to_nobody_who_might_not_see_them(
    write_side: WriteSide, people: People
):
    """Nobody can tell whether it is removed."""
    add_unknown(write_side.store, post.stream(people.post))
    seen = [event for event in people.seen() if people.post in (event.data.get("post"), event.subject)]
    assert not any("Secret" in str(event.data) for event in seen)
    assert any("Secret" in str(event.data) for event in people.seen() if event.data.get("post") == people.other)


@ON_EITHER_STORE
@pytest.mark.parametrize(
    ("stream", "subject"),
    [
        (f"token-{ids.uuid7()}", None),
        (webhook.stream(id_of("bob")), None),
        (f"report-post-{ids.uuid7()}-bob", None),
        (account.stream(id_of("bob")), account.stream(placeholder(id_of("bob")))),
        (like.stream("post-0192abcd-0000-7000-8000-000000000001", "bob"), "post-0192abcd-0000-7000-8000-000000000001"),
    ],
    ids=["token", "webhooks", "report", "account", "like"],
)
def test_a_gap_gives_away_nothing_of_a_private_stream(
    write_side: WriteSide, people: People, stream: str, subject: str | None
):
    add_unknown(write_side.store, stream)
    gaps = [event for event in people.seen() if event.type == TYPE_PREFIX + UNREADABLE]
    assert len(gaps) == (0 if subject is None else 1)
    for gap in gaps:
        assert gap.subject == subject or (gap.subject.startswith("position-") and subject == "position-")
        assert "report" not in msgspec.json.encode(gap).decode()


@ON_EITHER_STORE
def test_somebody_whose_own_account_cannot_be_read_can_still_follow(write_side: WriteSide, people: People):
    before = len(people.seen("bob"))
    add_unknown(write_side.store, account.stream(id_of("bob")))
    assert len(people.seen("bob")) == before + 1


@ON_EITHER_STORE
@DAMAGES
def test_webhooks_are_told_of_the_gap(write_side: WriteSide, people: People, tmp_path: Path, how: str):
    generations = Generations(f"sqlite:///{tmp_path / 'read.db'}")
    generations.migrate()
    every, edits, likes = (ids.uuid7() for _ in range(3))
    for id, kinds in ((every, ()), (edits, ("PostEdited",)), (likes, ("Liked",))):
        write_side.send(webhook.AddWebhook(handle="bob", webhook=id, url="https://example.org/", kinds=kinds), "bob")
    write_side.settle()
    follower = Follower(write_side.store, EventCodec(), generations.control)
    follower.step()
    stream = f"post-{ids.uuid7()}"
    write_side.send(post.NewPost(post=stream[5:], title="Secret", body="plans"))
    for version in (1, 2):
        write_side.send(post.EditPost(post=stream[5:], version=version, title="Secret", body=f"plans {version}"))
    write_side.settle()
    damage(write_side, stream, how)
    write_side.send(like.Like(target=post.stream(people.other)), "bob")
    write_side.settle()
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

"""Rows are the same byte for byte, however streams are mixed, batches are cut, and whenever texts were erased."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from domain import account, comment, ids, like, post
from domain.errors import Refused
from domain.messages import Command
from domain.moderation import suspension
from readmodel.catalogue import READ_MODELS
from readmodel.engine.model import Fact
from readmodel.engine.queries import AccountByHandle, CommentById, FindPosts, PopularTags, PostById
from tests.people import id_of
from tests.readmodel.site import Site, empty_tables, fold, rows

ACTORS = ("ann", "bob", "mod", "root")
TEXTS = ("plain", "of #one", "of #one and #two", "`#code` #Three #two", "x " * 40, "for @ann and @bob")

ERASING = (post.ErasePost, comment.EraseComment, account.EraseProfile)

Step = tuple[int, int, int, int]
steps = st.lists(
    st.tuples(st.integers(2, 23), st.integers(0, 3), st.integers(0, 9), st.integers(0, 9)), min_size=15, max_size=45
)


class Story:
    """Turns numbers into commands about what is there by now; what the rules refuse is left out."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.posts: list[str] = []
        self.comments: list[tuple[str, str]] = []

    def step(self, step: Step) -> None:
        kind, who, which, what = step
        with suppress(Refused):
            command = self._command(kind, which, TEXTS[what % len(TEXTS)], ACTORS[what % 4])
            self.site.send(command, "root" if isinstance(command, ERASING) else ACTORS[who])

    def _command(self, kind: int, which: int, text: str, handle: str) -> Command:
        if not self.posts or kind < 4:
            self.posts.append(ids.uuid7())
            return post.NewPost(post=self.posts[-1], title=text, body=text)
        id = self.posts[which % len(self.posts)]
        if kind < 9 or not self.comments:
            parent = self.comments[which % len(self.comments)][0] if self.comments and which > 4 else None
            self.comments.append((ids.uuid7(), id))
            return comment.AddComment(comment=self.comments[-1][0], post=id, body=text, parent=parent)
        said = self.comments[which % len(self.comments)][0]
        makers: tuple[Callable[[], Command], ...] = (
            lambda: like.Like(target=f"post-{id}"),
            lambda: like.Like(target=f"comment-{said}"),
            lambda: like.Unlike(target=f"post-{id}"),
            lambda: post.EditPost(
                post=id, version=self._version(f"post-{id}"), title=text, body=text[::-1], reason="so"
            ),
            lambda: post.RemovePost(post=id, reason="off topic"),
            lambda: post.RestorePost(post=id),
            lambda: post.LockPost(post=id) if which % 2 else post.UnlockPost(post=id),
            lambda: post.ErasePost(post=id, reason="asked to"),
            lambda: comment.EditComment(
                comment=said, version=self._version(f"comment-{said}"), body=text * 2, reason="so"
            ),
            lambda: comment.RemoveComment(comment=said, reason="rude"),
            lambda: comment.RestoreComment(comment=said),
            lambda: comment.EraseComment(comment=said, reason="asked to"),
            lambda: account.EditProfile(handle=handle, name=text[:20], bio=text),
            lambda: account.EraseProfile(handle=handle, reason="asked to"),
            lambda: (
                suspension.SuspendAccount(handle="bob", reason="spam")
                if which % 3 == 0
                else suspension.ReinstateAccount(handle="bob")
            ),
        )
        return makers[kind - 9]()

    def _version(self, stream: str) -> int:
        return sum(fact.stream == stream for fact in self.site.facts)


def mixed(facts: Sequence[Fact], mixer: random.Random) -> list[Fact]:
    """The facts with streams in another order among themselves, each in its own order."""
    streams: dict[str, Iterator[Fact]] = {}
    for stream in dict.fromkeys(fact.stream for fact in facts):
        streams[stream] = iter([fact for fact in facts if fact.stream == stream])
    slots = [fact.stream for fact in facts]
    mixer.shuffle(slots)
    return [next(streams[stream]) for stream in slots]


def folded(facts: Sequence[Fact], mixer: random.Random) -> Engine:
    engine = empty_tables()
    fold(engine, mixed(facts, mixer), batch=mixer.choice((1, 2, 3, 7, 20, 1_000)))
    return engine


def miscounts(engine: Engine) -> list[str]:
    """Counters that aren't what counting gives."""
    found = []
    with engine.connect() as connection:
        for counter in (counter for model in READ_MODELS for counter in model.counters):
            wrong = select(func.count()).select_from(counter.table)
            if connection.execute(wrong.where(counter.table.c[counter.column] != counter.count)).scalar_one():
                found.append(f"{counter.table.name}.{counter.column}")
    return found


@pytest.mark.slow
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(steps=steps, mixer=st.randoms(use_true_random=False))
def test_any_order_and_any_batches_give_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step], mixer: random.Random
) -> None:
    site = Site(tmp_path_factory.mktemp("site"))
    site.people("ann", "bob")
    site.staff()
    story = Story(site)
    for step in steps:
        story.step(step)

    expected = rows(site.engine)

    assert miscounts(site.engine) == []
    for facts in (site.facts, site.stored()):
        for _ in range(2):
            engine = folded(facts, mixer)
            assert rows(engine) == expected
            engine.dispose()
    one_batch = empty_tables()
    fold(one_batch, site.stored())
    assert rows(one_batch) == expected
    one_batch.dispose()
    shows_what_the_aggregates_say(site, story)
    site.close()


def shows_what_the_aggregates_say(site: Site, story: Story) -> None:
    aggregates = site.bus.aggregates()
    for id in story.posts:
        shown, truth = site.ask(PostById(post=id)), aggregates.post(id)
        assert (shown is not None) == truth.exists
        if shown is not None:
            assert (shown.title, shown.body, shown.version) == (truth.title, truth.body, truth.version)
            assert (shown.removed, shown.locked, shown.removed_by or "") == (
                truth.removed,
                truth.locked,
                aggregates.account(truth.removed_by).handle,
            )
            likes = [aggregates.like(f"post-{id}", aggregates.holder(handle) or "").liked for handle in ACTORS]
            assert shown.likes == sum(likes)
            said = [aggregates.comment(said) for said, _ in story.comments]
            assert shown.comments == sum(c.exists and c.post == id and not c.removed for c in said)
    for said, _ in story.comments:
        told, meant = site.ask(CommentById(comment=said)), aggregates.comment(said)
        assert (told is not None) == meant.exists
        if told is not None:
            assert (told.body, told.version, told.removed) == (meant.body, meant.version, meant.removed)
    for handle in ACTORS:
        person, known = site.ask(AccountByHandle(handle=handle)), aggregates.account_named(handle)
        assert (person.name, person.bio, person.version) == (known.name, known.bio, known.version)
        assert (frozenset(person.roles), person.suspended) == (known.roles, known.suspension is not None)


def test_a_like_and_a_comment_may_come_before_their_post(site: Site) -> None:
    id = site.publish()
    said = site.comment(id)
    site.like(f"comment-{said}", "ann")
    site.like(f"post-{id}", "ann", "bob")

    backwards = empty_tables()
    last_stream_first = sorted(site.facts, key=lambda fact: -first_position(site.facts, fact.stream))
    fold(backwards, last_stream_first, batch=1)

    assert last_stream_first[0].stream == f"like-post-{id}-{id_of('bob')}"
    assert rows(backwards) == rows(site.engine)
    assert site.ask(FindPosts()).items[0].likes == 2
    backwards.dispose()


def first_position(facts: Sequence[Fact], stream: str) -> int:
    return min(fact.position for fact in facts if fact.stream == stream)


def test_an_erased_text_leaves_nothing_in_any_table(site: Site, tmp_path: Path) -> None:
    id = site.publish("Xylophone", "about #Zanzibar")
    site.send(post.EditPost(post=id, version=1, title="Xylophones", body="and #Zanzibars"))
    said = site.comment(id, "Quagmire")
    site.send(account.EditProfile(handle="ann", name="Annabel", bio="Wombat"), "ann")

    site.send(post.ErasePost(post=id, reason="asked to"), "root")
    site.send(comment.EraseComment(comment=said, reason="asked to"), "root")
    site.send(account.EraseProfile(handle="ann", reason="asked to"), "root")

    everything = repr(rows(site.engine)).lower()
    for word in ("xylophone", "zanzibar", "quagmire", "annabel", "wombat"):
        assert word not in everything
    assert site.ask(PostById(post=id)).tags == ()


def test_a_removed_post_that_is_erased_counts_for_its_tags_no_second_time(site: Site) -> None:
    gone, *stay = (site.publish(body="about #cats") for _ in range(3))
    site.send(post.RemovePost(post=gone), "ann")

    site.send(post.ErasePost(post=gone, reason="asked to"), "root")

    assert site.ask(PopularTags()) == [("cats", 2)]
    assert [item.id for item in site.ask(FindPosts(tag="cats")).items] == stay[::-1]
    assert miscounts(site.engine) == []

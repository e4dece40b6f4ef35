"""Bulk removals are carried out text by text and taken back: on either stack, killed anywhere, by several at once."""

import contextlib
from collections.abc import Callable
from threading import Event as Stop
from typing import Any

import pytest

from domain import comment, ids, post
from domain.errors import Conflict
from domain.moderation import bulk, case
from domain.moderation.suspension import ReinstateAccount
from eventstore.codec import EventCodec
from moderation.bulk_removal import BulkRemover
from readmodel.bulk_removals.answers import BatchById, BatchView, batch_by_id
from readmodel.generations.lag import LagMeter
from tests.moderation.conftest import ModeratedSite
from tests.people import id_of

ANN = f"account-{id_of('ann')}"


class Killed(BaseException):
    """Stands for SIGKILL: nothing that is written for errors catches it."""


def dying(after: int) -> Callable[[], None]:
    left = iter(range(after))

    def step() -> None:
        if next(left, None) is None:
            raise Killed

    return step


def remover(site: ModeratedSite, after_step: Callable[[], None] = lambda: None) -> BulkRemover:
    """As in a process that has just started."""
    meter = LagMeter(site.store, site.generations.connect, lambda _key, _partitions: 0)
    return BulkRemover(site.generations, site.store, EventCodec(), site.bus, meter, after_step)


def order(site: ModeratedSite, by: str = "mod", handle: str = "ann", **fields: Any) -> str:
    """The id of a batch about all that somebody wrote."""
    batch, now = ids.uuid7(), ids.now()
    target = f"account-{id_of(handle)}"
    known = site.case(target)
    site.send(case.Claim(target=target, now=now) if known.exists else case.OpenCase(target=target, now=now), by)
    site.send(bulk.OrderBulkRemoval(batch=batch, handle=handle, reason="Spam", now=ids.now(), **fields), by)
    return batch


def take_back(site: ModeratedSite, batch: str, by: str = "mod") -> None:
    site.send(bulk.TakeBackBulkRemoval(batch=batch, reason="A mistake"), by)


def work(site: ModeratedSite, *removers: BulkRemover, looks: int = 6) -> None:
    for _ in range(looks):
        for one in removers or (remover(site),):
            site.project()
            one.look(Stop())
    site.project()


def view(site: ModeratedSite, batch: str) -> BatchView:
    with site.generations.connect() as connection:
        found = batch_by_id(connection, BatchById(batch=batch))
    assert found is not None
    return found


def texts(site: ModeratedSite, number: int = 3) -> list[str]:
    """Posts of ann's with a comment on each."""
    posts = [site.written(f"Title {at}") for at in range(number)]
    return [*posts, *(site.answered(one) for one in posts)]


def removed(site: ModeratedSite, streams: list[str]) -> list[bool]:
    return [site.state(one).removed for one in streams]


def test_everything_that_somebody_wrote_goes_and_comes_back(either: ModeratedSite) -> None:
    streams, others = texts(either), f"post-{either.publish('By bob', 'bob')}"
    batch = order(either, suspends=True, previewed=6)
    work(either)

    found = view(either, batch)
    assert (found.state, found.removed, found.removal_remaining) == ("carried out", 6, 0)
    assert removed(either, streams) == [True] * 6
    assert not either.state(others).removed
    assert either.ann().suspension is not None
    [event] = either.events(streams[0], "PostRemoved")
    assert (event.batch, event.reason) == (batch, "Spam")
    assert either.last(streams[0]).actor == id_of("mod")

    take_back(either, batch)
    work(either)
    found = view(either, batch)
    assert (found.state, found.restored, found.restoration_remaining) == ("taken back", 6, 0)
    assert removed(either, streams) == [False] * 6
    assert either.ann().suspension is None


def test_only_what_was_written_in_the_period_goes(site: ModeratedSite) -> None:
    before = site.written("Before")
    since = ids.now()
    within = site.written("Within")
    until = ids.now()
    after = site.written("After")
    batch = order(site, since=since, until=until)
    work(site)
    assert removed(site, [before, within, after]) == [False, True, False]
    assert view(site, batch).removed == 1


def test_what_changed_since_stays_as_it_is(site: ModeratedSite) -> None:
    streams = texts(site, 2)
    site.send(post.RemovePost(post=streams[1].partition("-")[2]), "ann")
    batch = order(site)
    work(site)
    assert view(site, batch).removed == 3
    first, said = streams[0].partition("-")[2], streams[2].partition("-")[2]
    site.send(post.RestorePost(post=first, reason="Fine"), "may")
    site.send(post.RemovePost(post=first, reason="Not so fine"), "may")
    site.send(comment.RestoreComment(comment=said, reason="Fine"), "may")

    take_back(site, batch)
    work(site)
    assert removed(site, streams) == [True, True, False, False]
    found = view(site, batch)
    assert (found.state, found.restored, found.restoration_remaining) == ("taken back", 1, 2)


def test_a_suspension_that_somebody_else_ended_and_began_again_stays(site: ModeratedSite) -> None:
    batch = order(site, suspends=True)
    work(site)
    site.send(ReinstateAccount(handle="ann", now=ids.now()), "may")
    take_back(site, batch)
    work(site)
    assert site.types(ANN).count("AccountReinstated") == 1


def test_it_is_taken_back_while_it_is_carried_out(site: ModeratedSite) -> None:
    streams = texts(site)
    batch = order(site)
    site.project()
    with pytest.raises(Killed):
        remover(site, dying(after=3)).look(Stop())
    take_back(site, batch)
    work(site)
    assert removed(site, streams) == [False] * 6
    assert view(site, batch).state == "taken back"
    late = post.RemovePost(post=streams[0].partition("-")[2], reason="Spam", batch=batch)
    with pytest.raises(Conflict):
        site.send(late, "mod")


@pytest.mark.slow(60)
def test_killed_behind_every_step_each_text_goes_and_comes_back_once(either: ModeratedSite) -> None:
    for after in range(1, 12):
        streams = texts(either, 2)
        batch = order(either, suspends=True, since=either.last(streams[0]).at)
        for act in (None, take_back):
            if act:
                act(either, batch)
            either.project()
            with contextlib.suppress(Killed):
                remover(either, dying(after)).look(Stop())
            work(either)
        assert view(either, batch).state == "taken back"
        for stream in streams:
            kinds = [type for type in either.types(stream) if type.endswith(("Removed", "Restored"))]
            assert len(kinds) == 2, kinds
        assert either.ann().suspension is None


def test_several_at_once_do_it_once(either: ModeratedSite) -> None:
    streams = texts(either)
    order(either)
    work(either, remover(either), remover(either))
    assert [either.types(one).count("PostRemoved") for one in streams[:3]] == [1, 1, 1]


def test_whoever_ordered_it_may_have_lost_their_role_since(site: ModeratedSite) -> None:
    from domain.account import RevokeRole

    streams, batch = texts(site, 1), order(site)
    site.as_operator(RevokeRole(handle="mod", role="moderator"))
    work(site)
    assert removed(site, streams) == [True, True]
    assert view(site, batch).state == "carried out"


def test_what_the_lists_do_not_show_yet_is_waited_for(site: ModeratedSite) -> None:
    streams, batch = texts(site, 1), order(site)
    remover(site).look(Stop())
    assert removed(site, streams) == [False, False]
    work(site)
    assert removed(site, streams) == [True, True]
    assert view(site, batch).state == "carried out"

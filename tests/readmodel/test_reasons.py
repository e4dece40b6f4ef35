"""Reasons in the rows: an erasure takes them out of every table, and leaves what a rebuild makes."""

import pytest

from domain import account, comment, ids, post, webhook
from domain.moderation import suspension
from domain.rights import OPERATOR
from readmodel.comments import CommentById
from readmodel.engine.queries import AccountByHandle, HistoryOf, PostById
from readmodel.inbox import NotificationsOf
from readmodel.webhooks import WebhooksOf
from tests.readmodel.site import Site, empty_tables, fold, rows

HUSH = "quibblewort"
HOOK = ids.uuid7()


@pytest.fixture
def moderated(site: Site) -> tuple[Site, str, str]:
    """A post and a comment, edited and removed by a moderator, their author suspended, their webhook paused."""
    id = site.publish()
    said = site.comment(id, by="ann")
    site.send(post.EditPost(post=id, version=1, title="Calm", body="Calm.", reason=f"{HUSH} 1"), "mod")
    site.send(post.PinPost(post=id, reason=f"{HUSH} 2"), "mod")
    site.send(comment.EditComment(comment=said, version=1, body="Calm.", reason=f"{HUSH} 3"), "mod")
    site.send(comment.RemoveComment(comment=said, reason=f"{HUSH} 4"), "mod")
    site.send(post.RemovePost(post=id, reason=f"{HUSH} 5"), "mod")
    site.send(webhook.AddWebhook(handle="ann", webhook=HOOK, url="https://example.org/"), "ann")
    site.send(webhook.PauseWebhook(handle="ann", webhook=HOOK, reason=f"{HUSH} 6"), OPERATOR)
    site.send(suspension.SuspendAccount(handle="ann", reason=f"{HUSH} 7"), "mod")
    return site, id, said


def erase_all(site: Site, id: str, said: str) -> None:
    site.send(post.ErasePost(post=id, reason="asked"), "root")
    site.send(comment.EraseComment(comment=said, reason="asked"), "root")
    site.send(account.EraseProfile(handle="ann", reason="asked"), "root")
    site.send(webhook.RemoveWebhook(handle="ann", webhook=HOOK), OPERATOR)


def test_every_list_says_why(moderated: tuple[Site, str, str]) -> None:
    site, id, said = moderated
    shown, answer = site.ask(PostById(post=id)), site.ask(CommentById(comment=said))
    assert (shown.edit_reason, shown.removed_reason) == (f"{HUSH} 1", f"{HUSH} 5")
    assert (answer.edit_reason, answer.removed_reason) == (f"{HUSH} 3", f"{HUSH} 4")
    assert site.ask(AccountByHandle(handle="ann")).suspended_reason == f"{HUSH} 7"
    assert [one.pause_reason for one in site.ask(WebhooksOf(account="ann"))] == [f"{HUSH} 6"]
    assert [one.reason for one in site.ask(HistoryOf(stream=f"post-{id}"))] == [
        None, f"{HUSH} 1", f"{HUSH} 2", f"{HUSH} 5"
    ]  # fmt: skip
    told = {one.reason for one in site.ask(NotificationsOf(account="ann")).items}
    assert told >= {f"{HUSH} {number}" for number in (1, 2, 3, 4, 5, 7)}


def test_an_erasure_takes_them_out_of_every_row_and_leaves_none_empty(moderated: tuple[Site, str, str]) -> None:
    site, id, said = moderated
    erase_all(site, id, said)
    assert HUSH not in repr(rows(site.engine))
    shown, answer = site.ask(PostById(post=id)), site.ask(CommentById(comment=said))
    assert (shown.removed, shown.edit_reason, shown.removed_reason) == (True, None, None)
    assert (answer.removed, answer.edit_reason, answer.removed_reason) == (True, None, None)
    suspended = site.ask(AccountByHandle(handle="ann"))
    assert (suspended.suspended, suspended.suspended_reason) == (True, None)
    assert site.ask(WebhooksOf(account="ann")) == []
    told = site.ask(HistoryOf(stream=f"post-{id}"))
    assert [(one.erased, one.reason) for one in told] == [*[(True, None)] * 4, (False, "asked")]
    assert {one.reason for one in site.ask(NotificationsOf(account="ann")).items} == {None, "asked"}


@pytest.mark.parametrize("batch", [1, 1_000])
def test_what_is_left_is_what_a_rebuild_makes(moderated: tuple[Site, str, str], batch: int) -> None:
    site, id, said = moderated
    erase_all(site, id, said)
    site.send(post.ErasePost(post=id, reason="asked again"), "root")
    assert [one.reason for one in site.ask(HistoryOf(stream=f"post-{id}"))][-2:] == [None, "asked again"]
    for facts in (site.stored(), site.facts):
        fresh = empty_tables()
        fold(fresh, facts, batch=batch)
        assert rows(fresh) == rows(site.engine)
        fresh.dispose()


def test_what_is_removed_after_an_erasure_keeps_its_reason_until_the_next(site: Site) -> None:
    id = site.publish()
    site.send(post.ErasePost(post=id, reason="asked"), "root")
    site.send(post.RemovePost(post=id, reason=HUSH), "mod")
    assert site.ask(PostById(post=id)).removed_reason == HUSH
    site.send(post.ErasePost(post=id, reason="asked"), "root")
    assert site.ask(PostById(post=id)).removed_reason is None
    assert HUSH not in repr(rows(site.engine))

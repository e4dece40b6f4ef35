"""What a decision says is done, once, and what can't be done any more is listed."""

from datetime import timedelta

import pytest

from domain import account, ids, post
from domain.moderation import case, decision
from domain.moderation.suspension import SuspendAccount
from tests.moderation.conftest import ModeratedSite
from tests.people import id_of


def test_every_act_of_a_decision_about_a_post(either: ModeratedSite) -> None:
    target = either.written()
    until = ids.from_now(timedelta(days=7))
    id = either.decide(
        target, "edit", "remove", "lock", "warn", "strike", "suspend", "note", title="Milder", body="Milder words.",
        note="Be kind.", points=3, until=until,
    )  # fmt: skip
    either.follow()
    made = either.decision(target, id)
    assert made.done == ("note", "edit", "remove", "lock", "warn", "strike", "suspend")
    assert either.types(target) == ["PostPublished", "PostEdited", "PostRemoved", "PostLocked"]
    removed = either.store.load(target)[2]
    assert removed.actor == id_of("mod")
    assert removed.causation_id == next(
        one.id for one in either.store.load(f"case-{target}") if one.events[0].type == "CaseDecided"
    )
    ann = either.ann()
    assert ann.warnings == {id}
    assert ann.strikes[id].points == 3
    assert ann.suspension.until == until
    assert either.events(target, "PostRemoved")[0].reason == "Because."


def test_acts_on_a_comment_and_on_an_account(site: ModeratedSite) -> None:
    answer, profile = site.answered(site.written()), f"account-{id_of('ann')}"
    first = site.decide(answer, "edit", "remove", body="Milder.")
    second = site.decide(profile, "warn")
    third = site.decide(site.written(), "none", reason="")
    site.follow()
    assert site.types(answer) == ["CommentAdded", "CommentEdited", "CommentRemoved"]
    assert site.decision(answer, first).done == ("edit", "remove")
    assert site.decision(profile, second).done == ("warn",)
    assert third not in site.ann().warnings


def test_what_changed_meanwhile_is_skipped_and_listed(site: ModeratedSite) -> None:
    target = site.written()
    id = site.decide(target, "edit", "remove", "warn", title="Milder", body="Milder words.")
    site.edit(target, "The author was faster.")
    site.send(post.RemovePost(post=target.partition("-")[2]), "ann")
    site.follow()
    assert site.decision(target, id).done == ("warn",)
    assert site.events(f"case-{target}", "DecisionCarriedOut")[0].skipped == ("edit", "remove")
    assert site.types(target) == ["PostPublished", "PostEdited", "PostRemoved"]


def test_who_decided_may_be_suspended_and_without_a_role_by_then(site: ModeratedSite) -> None:
    target = site.written()
    id = site.decide(target, "remove", "strike")
    site.as_operator(account.RevokeRole(handle="mod", role="moderator"))
    site.as_operator(SuspendAccount(handle="mod", reason="r"))
    site.follow()
    assert site.decision(target, id).done == ("remove", "strike")


def test_a_role_that_came_later_doesnt_count(site: ModeratedSite) -> None:
    """Only an admin acts on a moderator; whoever decided has become one since."""
    target = site.written()
    id = site.decide(target, "remove", "strike")
    site.as_operator(account.GrantRole(handle="ann", role="moderator"))
    site.as_operator(account.GrantRole(handle="mod", role="admin"))
    site.follow()
    assert site.decision(target, id).done == ("remove",)
    assert not site.ann().strikes


def test_an_admin_decides_about_a_moderator(site: ModeratedSite) -> None:
    profile = f"account-{id_of('may')}"
    id = site.decide(profile, "strike", by="root")
    site.follow()
    assert site.decision(profile, id).done == ("strike",)


@pytest.mark.parametrize("acts", [("escalate",), ("none",)])
def test_nothing_is_sent_where_nothing_is_to_be_done(site: ModeratedSite, acts: tuple[str, ...]) -> None:
    target = site.written()
    site.send(case.OpenCase(target=target, now=ids.now()), "mod")
    decide = decision.Decide(target=target, decision=ids.uuid7(), acts=acts, reason="r", now=ids.now())
    site.send(decide, "mod")
    site.follow()
    assert site.types(target) == ["PostPublished"]
    assert not site.ann().warnings

"""A decision that is taken back or overturned has no effect any more, but for what others did since."""

from domain import post
from domain.moderation.suspension import ReinstateAccount, SuspendAccount
from tests.moderation.conftest import ModeratedSite
from tests.people import id_of

ALL = ("edit", "remove", "lock", "warn", "strike", "suspend")


def reversed_(site: ModeratedSite, target: str) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    [event] = site.events(f"case-{target}", "DecisionReversed")
    return event.done, event.skipped, event.appeal


def test_all_that_a_decision_did_is_lifted_when_it_is_taken_back(either: ModeratedSite) -> None:
    target = either.written()
    before = either.state(target)
    id = either.decide(target, *ALL, title="Milder", body="Milder words.")
    either.follow()
    either.take_back(target, id)
    either.follow()
    assert reversed_(either, target) == (ALL, (), "")
    after = either.state(target)
    assert (after.title, after.body, after.url, after.removed, after.locked) == (
        before.title, before.body, before.url, False, False,
    )  # fmt: skip
    ann = either.ann()
    assert (ann.warnings, dict(ann.strikes), ann.suspension) == (frozenset(), {}, None)
    assert either.last(target).actor == id_of("mod")


def test_overturned_it_counts_no_more_and_says_by_which_appeal(either: ModeratedSite) -> None:
    target = either.answered(either.written())
    id = either.decide(target, "remove", "strike", "suspend")
    either.follow()
    made = either.overturn(target, id)
    either.follow()
    assert reversed_(either, target) == (("remove", "strike", "suspend"), (), made)
    assert not either.state(target).removed
    assert not either.ann().strikes
    assert either.last(target).actor == id_of("may")


def test_a_plain_moderator_who_overturns_lifts_what_an_admin_did_to_a_moderator(site: ModeratedSite) -> None:
    profile = f"account-{id_of('may')}"
    id = site.decide(profile, "strike", by="root")
    site.follow()
    site.overturn(profile, id, by="mod", account="may")
    site.follow()
    assert reversed_(site, profile)[:2] == (("strike",), ())


def test_taken_back_before_it_is_carried_out_it_is_done_and_undone(site: ModeratedSite) -> None:
    target = site.written()
    id = site.decide(target, "remove", "warn")
    site.take_back(target, id)
    site.follow()
    assert site.types(f"case-{target}")[-2:] == ["DecisionCarriedOut", "DecisionReversed"]
    assert site.types(target) == ["PostPublished", "PostRemoved", "PostRestored"]
    assert not site.ann().warnings


def test_what_others_did_since_stays(site: ModeratedSite) -> None:
    target = site.written()
    id = site.decide(target, *ALL, title="Milder", body="Milder words.")
    site.follow()
    number = target.partition("-")[2]
    site.send(post.RestorePost(post=number), "may")
    site.edit(target, "Ours.", "may")
    site.send(post.RemovePost(post=number, reason="Once more."), "may")
    site.send(post.UnlockPost(post=number), "may")
    site.send(post.LockPost(post=number, reason="Once more."), "may")
    site.send(ReinstateAccount(handle="ann"), "may")
    site.send(SuspendAccount(handle="ann", reason="Once more."), "may")
    site.take_back(target, id)
    site.follow()
    assert reversed_(site, target)[:2] == (("warn", "strike"), ("edit", "remove", "lock", "suspend"))
    after = site.state(target)
    assert (after.body, after.removed, after.locked) == ("Ours.", True, True)
    assert site.ann().suspension is not None


def test_only_what_was_done_is_lifted(site: ModeratedSite) -> None:
    target = site.written()
    site.send(post.RemovePost(post=target.partition("-")[2]), "ann")
    id = site.decide(target, "remove", "warn", "note", note="Be kind.")
    site.follow()
    site.take_back(target, id)
    site.follow()
    assert reversed_(site, target)[:2] == (("warn",), ())
    assert site.state(target).removed


def test_a_text_that_is_erased_doesnt_come_back(site: ModeratedSite) -> None:
    target = site.written()
    id = site.decide(target, "edit", "warn", title="Milder", body="Milder words.")
    site.follow()
    site.send(post.ErasePost(post=target.partition("-")[2], reason="Gone."), "root")
    site.take_back(target, id)
    site.follow()
    assert reversed_(site, target)[:2] == (("warn",), ("edit",))
    assert site.state(target).body == ""

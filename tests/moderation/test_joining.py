"""Reports come to their cases, and leave them; a case learns of a new text until it is decided."""

from sqlalchemy import text

from domain import account, post
from domain.moderation import report
from operational import moderation_cursor
from tests.moderation.conftest import ModeratedSite
from tests.people import id_of


def test_a_report_opens_the_case_and_another_joins_it(either: ModeratedSite) -> None:
    target = either.written()
    first, second = either.file(target), either.file(target, "cay")
    either.follow()
    case = either.case(target)
    assert dict(case.reports) == {first: id_of("bob"), second: id_of("cay")}
    assert either.types(f"case-{target}") == ["CaseOpened", "ReportJoined", "ReportJoined"]
    cause = either.store.load(f"report-{target}-{id_of('bob')}")[0]
    assert either.store.load(f"case-{target}")[0].causation_id == cause.id


def test_a_report_that_is_withdrawn_leaves_its_case(site: ModeratedSite) -> None:
    target = site.written()
    site.file(target)
    site.send(report.WithdrawReport(target=target), "bob")
    site.follow()
    assert not site.case(target).reports
    assert site.types(f"case-{target}") == ["CaseOpened", "ReportJoined", "ReportLeft"]


def test_a_new_text_is_noticed_until_the_case_is_decided(site: ModeratedSite) -> None:
    target, other = site.written(), site.written()
    site.file(target)
    site.follow()
    site.edit(target, "New words.")
    site.edit(other, "Nobody reported this.")
    site.follow()
    assert site.case(target).text_version == 2
    assert site.types(f"case-{target}")[-1] == "CaseTextChanged"
    assert not site.case(other).exists
    site.decide(target, "none")
    site.edit(target, "Newer words.")
    site.follow()
    assert site.types(f"case-{target}")[-1] == "DecisionCarriedOut"


def test_what_a_decision_put_in_an_authors_place_goes_with_the_text(either: ModeratedSite) -> None:
    target = either.written()
    either.file(target)
    either.follow()
    either.decide(target, "edit", title="Hush title", body="Hush body")
    either.follow()
    either.send(post.ErasePost(post=target.partition("-")[2], reason="r"), "root")
    either.follow()
    kept = [bytes(event.data) for stream in (target, f"case-{target}") for commit in either.store.load(stream)
            for event in commit.events]  # fmt: skip
    assert not [data for data in kept if b"Hush" in data]
    assert either.types(f"case-{target}")[-1] == "CaseWordsErased"


def test_a_text_that_was_erased_is_noticed_too(site: ModeratedSite) -> None:
    """Else nobody could decide: what they look at would be stale for ever."""
    target, profile = site.written(), f"account-{id_of('ann')}"
    site.file(target)
    site.file(profile)
    site.follow()
    site.send(post.ErasePost(post=target.partition("-")[2], reason="r"), "root")
    site.send(account.EraseProfile(handle="ann", reason="r"), "root")
    site.follow()
    for reported in (target, profile):
        assert site.types(f"case-{reported}")[-1] == "CaseTextChanged"
        site.decide(reported, "none")


def test_a_store_that_was_put_back_is_read_again_and_nothing_is_done_twice(site: ModeratedSite) -> None:
    target = site.written()
    site.file(target)
    site.follow()
    id = site.decide(target, "remove", "warn")
    site.follow()
    before = site.store.head()
    with site.control.begin() as connection:
        connection.execute(text("UPDATE moderation_cursor SET position = 1000, chain = 'another'"))
    follower = site.follower()
    follower.step()
    site.follow(follower)
    assert site.store.head() == before
    assert site.decision(target, id).done == ("remove", "warn")
    found = moderation_cursor.load(site.control)
    assert found is not None
    assert (found.position, found.store) == (before[0], site.store.id())


def test_how_far_it_is_behind_is_known(site: ModeratedSite) -> None:
    before = moderation_cursor.lag(site.control, site.store)
    assert before.commits == site.store.head()[0]
    assert before.seconds > 0
    site.follow()
    after = moderation_cursor.lag(site.control, site.store)
    assert (after.commits, after.seconds, after.set_aside) == (0, 0.0, 0)

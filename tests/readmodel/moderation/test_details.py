"""A case in detail: the text as it was reported, what is like it, and who may be believed."""

from sqlalchemy import text

from domain import ids
from domain.account import EditProfile, EraseProfile
from domain.comment import EditComment, EraseComment
from readmodel.moderation.queries import CaseById, ReportsBy
from tests.people import id_of
from tests.readmodel.moderation.desk import NOW, Desk


def test_the_text_of_a_comment_is_shown_as_it_was_reported_until_it_is_erased(desk: Desk) -> None:
    post = desk.site.publish("The post")
    id = desk.site.comment(post, "First words", "ann")
    desk.report(f"comment-{id}", "bob")
    desk.site.send(EditComment(comment=id, version=1, body="Other words"), "ann")
    found = desk.site.ask(CaseById(case=f"comment-{id}", now=NOW))
    assert (found.reported.body, found.reported.version, found.reported.erased) == ("First words", 1, False)
    assert (found.today.body, found.today.version) == ("Other words", 2)
    assert (found.case.title, found.case.excerpt, found.case.thread) == ("The post", "Other words", post)
    desk.site.send(EraseComment(comment=id, reason="asked to"), "root")
    gone = desk.site.ask(CaseById(case=f"comment-{id}", now=NOW))
    assert (gone.reported.body, gone.reported.erased, gone.today.body, gone.today.erased) == ("", True, "", True)
    assert desk.site.ask(ReportsBy(reporter=id_of("bob"))).items[0].title == "The post"


def test_a_profile_is_shown_as_it_was_reported_while_it_is_the_same(desk: Desk) -> None:
    target = f"account-{id_of('ann')}"
    desk.site.send(EditProfile(handle="ann", name="Ann", bio="Buy pills."), "ann")
    version = desk.site.facts[-1].version
    desk.report(target, version=version)
    found = desk.site.ask(CaseById(case=target, now=NOW))
    assert (found.reported.title, found.reported.body, found.reported.version) == ("Ann", "Buy pills.", version)
    assert found.today == found.reported
    desk.site.send(EditProfile(handle="ann", name="Ann", bio="Nothing."), "ann")
    found = desk.site.ask(CaseById(case=target, now=NOW))
    assert (found.reported, found.today.body) == (None, "Nothing.")
    desk.site.send(EraseProfile(handle="ann", reason="asked to"), "root")
    assert desk.site.ask(CaseById(case=target, now=NOW)).today.erased


def test_similar_writings_of_the_last_week_are_found(desk: Desk) -> None:
    words = "wonderful cheap pills available everywhere without prescription tonight"
    reported = f"post-{desk.site.publish('Pills', words, by='ann')}"
    same = f"post-{desk.site.publish('More', words + ' again', by='bob')}"
    said = f"comment-{desk.site.comment(same.removeprefix('post-'), words, 'cid')}"
    desk.site.publish("Other", "a wonderful evening without pills", by="bob")
    desk.report(reported)
    now = ids.now()
    assert set(desk.site.ask(CaseById(case=reported, now=now)).similar) == {same, said}
    assert desk.site.ask(CaseById(case=reported, now="2100-01-01T00:00:00.000000Z")).similar == ()


def test_how_often_a_reporter_was_right_before(desk: Desk) -> None:
    for act in ("note", "none", "note"):
        target = f"post-{desk.site.publish()}"
        desk.report(target)
        desk.decide(target, act, note="Mind.")
    (one,) = desk.site.ask(CaseById(case=target, now=NOW)).reports
    assert (one.upheld, one.dismissed, one.state) == (1, 1, "decided")
    target = f"post-{desk.site.publish()}"
    desk.report(target)
    (one,) = desk.site.ask(CaseById(case=target, now=NOW)).reports
    assert (one.upheld, one.dismissed, one.state) == (2, 1, "received")


def test_no_words_of_moderation_stand_in_more_than_one_table(desk: Desk) -> None:
    target = f"post-{desk.site.publish()}"
    desk.report(target, text="Telltale words")
    with desk.site.engine.connect() as connection:
        rows = connection.execute(text("SELECT stream FROM moderation_words WHERE said = 'Telltale words'")).all()
        tables = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        whole = {name: connection.execute(text(f"SELECT * FROM {name}")).all() for name in tables}
    assert len(rows) == 1
    assert [name for name, found in whole.items() if "Telltale" in str(found)] == ["moderation_words"]

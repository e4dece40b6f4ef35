"""What the queries of moderation answer while a case goes from its first report to an appeal."""

from domain import rights
from domain.moderation import appeal, case, decision, erasing, report, standing
from domain.moderation.terms import later
from domain.post import EditPost
from readmodel.moderation.queries import (
    AppealById,
    AppealsOf,
    CaseById,
    CaseCounts,
    DecisionById,
    DecisionsAbout,
    DecisionsOfBatch,
    FileOf,
    FindAppeals,
    FindCases,
    ReportById,
    ReportsBy,
)
from tests.people import id_of
from tests.readmodel.moderation.desk import NOW, Desk


def test_a_report_is_received_then_decided(desk: Desk) -> None:
    target = f"post-{desk.site.publish('Buy this')}"
    id = desk.report(target, text="An advertisement.")
    received = desk.site.ask(ReportById(report=id))
    assert (received.state, received.outcome, received.title, received.text) == (
        "received", None, "Buy this", "An advertisement.",
    )  # fmt: skip
    decided = desk.decide(target, "none")
    answered = desk.site.ask(ReportsBy(reporter=id_of("bob"))).items
    assert [(one.id, one.state, one.outcome, one.decision) for one in answered] == [(id, "decided", "nothing", decided)]
    assert answered[0].appeal_until > NOW
    assert desk.site.ask(ReportsBy(reporter=id_of("cid"))).items == []
    assert desk.site.ask(ReportById(report=id_of("nobody"))) is None


def test_the_details_of_a_case(desk: Desk) -> None:
    post = desk.site.publish("Cheap pills", "Buy cheap pills of wonder here today")
    target = f"post-{post}"
    desk.report(target, text="Spam!")
    desk.site.send(EditPost(post=post, version=1, title="Nothing", body="Nothing to see here, but pills"))
    desk.report(target, "cid", "illegal", "Against the law.", version=2, law="DSA")
    desk.site.send(case.Claim(target=target, now=desk.now), "mod")
    desk.site.send(case.AddNote(target=target, text="Hm.", now=desk.now), "mod")
    found = desk.site.ask(CaseById(case=target, now=desk.now))
    assert (found.case.state, found.case.author, found.case.claimed_by) == ("claimed", "ann", "mod")
    assert (found.case.reports, found.case.categories, found.case.title) == (2, ("spam", "illegal"), "Nothing")
    assert (found.reported.title, found.reported.version, found.today.title) == ("Cheap pills", 1, "Nothing")
    assert [(one.reporter, one.text, one.law) for one in found.reports] == [
        ("bob", "Spam!", ""), ("cid", "Against the law.", "DSA"),
    ]  # fmt: skip
    assert [(one.by, one.text) for one in found.notes] == [("mod", "Hm.")]
    assert desk.site.ask(CaseById(case=f"post-{id_of('x')}", now=NOW)) is None


def test_a_decision_from_being_carried_out_to_overturned(desk: Desk) -> None:
    target = f"post-{desk.site.publish()}"
    desk.report(target)
    id = desk.decide(target, "remove", "warn", reason="Spam.", batch="")
    first = desk.site.ask(DecisionById(decision=id))
    assert (first.state, first.acts, first.reason) == ("being carried out", ("remove", "warn"), "Spam.")
    assert (first.author, first.decided_by, first.basis) == ("ann", "mod", "report")
    desk.carry_out(target, id, "remove", "warn")
    assert desk.site.ask(DecisionById(decision=id)).done == ("remove", "warn")
    lodged = desk.appeal(target, id)
    assert desk.site.ask(FindCases(now=NOW, state="appealed")).items[0].id == target
    assert desk.site.ask(FindCases(now=NOW, state="decided")).items == []
    assert [one.id for one in desk.site.ask(FindAppeals()).items] == [lodged]
    desk.site.send(appeal.Reply(target=target, decision=id, account=id_of("ann"), text="Please."), "ann")
    desk.site.send(
        appeal.Resolve(
            target=target, decision=id, account=id_of("ann"), outcome="overturned", reason="Right.", others=True
        ),
        "root",
    )
    found = desk.site.ask(AppealById(appeal=lodged))
    assert (found.account, found.party, found.text, found.decided_by) == ("ann", "author", "No.", "mod")
    assert (found.outcome, found.reason, found.resolved_by) == ("overturned", "Right.", "root")
    assert [(one.by_staff, one.text) for one in found.replies] == [(False, "Please.")]
    assert desk.site.ask(AppealsOf(decision=id)) == [found]
    assert desk.site.ask(DecisionById(decision=id)).state == "overturned"
    assert desk.site.ask(FindAppeals()).items == []


def test_nobody_learns_of_what_came_to_nothing(desk: Desk) -> None:
    first, second = (f"post-{desk.site.publish()}" for _ in range(2))
    desk.report(first)
    desk.report(second)
    desk.decide(first, "none")
    note = desk.decide(second, "note", note="Mind the rules.", batch=id_of("batch"))
    about = desk.site.ask(DecisionsAbout(account="ann")).items
    assert [(one.id, one.note) for one in about] == [(note, "Mind the rules.")]
    assert [one.id for one in desk.site.ask(DecisionsOfBatch(batch=id_of("batch")))] == [note]


def test_a_decision_that_is_taken_back_opens_its_case(desk: Desk) -> None:
    target = f"post-{desk.site.publish()}"
    id = desk.report(target)
    made = desk.decide(target, "remove")
    desk.site.send(decision.TakeBackDecision(target=target, decision=made, reason="Wrong.", now=desk.now), "mod")
    found = desk.site.ask(DecisionById(decision=made))
    assert (found.state, found.taken_back_reason) == ("taken back", "Wrong.")
    assert [one.state for one in desk.site.ask(FindCases(now=NOW)).items] == ["open"]
    assert desk.site.ask(ReportById(report=id)).state == "received"
    assert desk.site.ask(FileOf(account="bob", now=NOW)).reports_upheld == 0


def test_the_file_of_somebody(desk: Desk) -> None:
    target = f"post-{desk.site.publish()}"
    desk.report(target)
    made = desk.decide(target, "strike", points=3)
    expires = later(NOW, standing.STRIKE_TERM)
    for command in (
        standing.Warn(handle="ann", decision=made, reason="Spam."),
        standing.AddStrike(handle="ann", decision=made, points=3, expires=expires, reason="Spam."),
        standing.NoteAccount(handle="ann", text="Again."),
        standing.PauseReporting(handle="ann", until=expires, reason="Bad faith.", now=desk.now),
    ):
        desk.site.send(command, "mod")
    found = desk.site.ask(FileOf(account="ann", now=NOW))
    assert (found.account, found.posts, found.warnings, found.points) == ("ann", 1, 1, 3)
    assert (found.suggestion, found.reporting_paused_reason) == ("suspend for 7 days", "Bad faith.")
    assert [(one.by, one.text) for one in found.notes] == [("mod", "Again.")]
    assert [one.author for one in (*found.decisions, *found.cases)] == ["ann", "ann"]
    desk.site.send(standing.VoidMarks(handle="ann", decision=made), "mod")
    after = desk.site.ask(FileOf(account="ann", now=NOW))
    assert (after.warnings, after.points, after.suggestion) == (0, 0, None)
    assert desk.site.ask(FileOf(account="bob", now=NOW)).reports_upheld == 1
    assert desk.site.ask(FileOf(account="nobody", now=NOW)) is None


def test_erased_words_of_a_report_are_gone(desk: Desk) -> None:
    target = f"post-{desk.site.publish()}"
    id = desk.report(target, category="illegal", text="Mine.", law="DSA")
    desk.site.send(report.EraseReport(target=target, reporter=id_of("bob")), "root")
    found = desk.site.ask(ReportById(report=id))
    assert (found.text, found.law, found.state) == ("", "", "received")


def test_erased_words_of_a_case_and_of_an_appeal_are_gone(desk: Desk) -> None:
    target = f"post-{desk.site.publish()}"
    desk.report(target)
    desk.claim(target)
    desk.site.send(case.AddNote(target=target, text="Hm.", now=desk.now), "mod")
    made = desk.decide(target, "note", note="Mind.")
    lodged = desk.appeal(target, made)
    desk.site.send(erasing.EraseCaseWords(target=target), "root")
    desk.site.send(erasing.EraseAppealWords(target=target, decision=made, account=id_of("ann")), "root")
    found = desk.site.ask(CaseById(case=target, now=NOW))
    assert [one.text for one in found.notes] == [""]
    assert [(one.reason, one.note) for one in found.decisions] == [(None, "")]
    assert desk.site.ask(AppealById(appeal=lodged)).text == ""


def test_the_counts_of_the_queue(desk: Desk) -> None:
    targets = [f"post-{desk.site.publish()}" for _ in range(4)]
    for target in targets:
        desk.report(target)
    desk.claim(targets[1])
    desk.claim(targets[2])
    desk.site.send(case.Escalate(target=targets[2], reason="Hard.", now=desk.now), "mod")
    desk.decide(targets[3], "none")
    assert desk.site.ask(CaseCounts(now=desk.now)) == {
        "open": 1, "claimed": 1, "escalated": 1, "decided": 1, "appealed": 0,
    }  # fmt: skip
    assert desk.site.ask(CaseCounts(now=NOW))["claimed"] == 0


def test_reports_of_strangers_and_those_withdrawn(desk: Desk) -> None:
    target = f"post-{desk.site.publish()}"
    stranger = id_of("stranger")
    id = desk.report(target, stranger, stranger=stranger)
    desk.site.send(report.WithdrawReport(target=target, stranger=stranger), stranger)
    desk.site.send(case.LeaveReport(target=target, report=id, now=desk.now), rights.OPERATOR)
    assert desk.site.ask(ReportById(report=id)).state == "withdrawn"
    assert desk.site.ask(CaseById(case=target, now=NOW)).case.reports == 0

"""A long story of the desk, in which every kind of event of moderation comes."""

from domain import rights
from domain.account import EditProfile
from domain.moderation import appeal, case, decision, erasing, report, standing
from domain.moderation.terms import later
from domain.post import EditPost, ErasePost
from tests.people import id_of
from tests.readmodel.moderation.desk import NOW, Desk


def tell(desk: Desk) -> list[str]:
    """Gives the targets: a post, a comment, a profile, and a post whose case is open again."""
    site = desk.site
    post, other = site.publish("Buy this", "cheap #pills for everybody"), site.publish("Another", "of ann")
    targets = [f"post-{post}", f"comment-{site.comment(post, by='ann')}", f"account-{id_of('ann')}", f"post-{other}"]
    for target in targets:
        desk.report(target, "bob", "spam")
        desk.report(target, "cid", "illegal", "Against the law.", law="DSA")
    site.like(targets[0], "bob", "cid")
    site.like(targets[1], "bob")
    site.send(EditPost(post=post, version=1, title="Nothing", body="Nothing to see here"), "ann")
    site.send(EditProfile(handle="ann", name="Ann", bio="Sells."), "ann")
    site.send(case.NoticeText(target=targets[0], now=desk.now), rights.OPERATOR)
    _work(desk, targets)
    return targets


def _work(desk: Desk, targets: list[str]) -> None:
    site = desk.site
    site.send(report.WithdrawReport(target=targets[1]), "bob")
    left = site.facts[-1].event.report  # type: ignore[attr-defined]
    site.send(case.LeaveReport(target=targets[1], report=left, now=desk.now), rights.OPERATOR)
    desk.claim(targets[1])
    site.send(case.Release(target=targets[1], now=desk.now), "mod")
    desk.claim(targets[2])
    site.send(case.AddNote(target=targets[2], text="Hard.", now=desk.now), "mod")
    site.send(case.Escalate(target=targets[2], reason="Too hard.", now=desk.now), "mod")
    first = desk.decide(targets[0], "remove", "warn", "strike", points=2)
    desk.carry_out(targets[0], first, "remove", "warn", "strike")
    _mark(desk, first)
    second = desk.decide(targets[3], "none", reason="")
    desk.report(targets[3], "bob", "other", "But look.")
    desk.appeal(targets[3], second, "cid")
    upheld = appeal.Resolve(
        target=targets[3], decision=second, account=id_of("cid"), outcome="upheld", reason="Right.", others=True
    )
    site.send(upheld, "root")
    lodged = desk.appeal(targets[0], first)
    site.send(appeal.Reply(target=targets[0], decision=first, account=id_of("ann"), text="Please."), "ann")
    site.send(
        appeal.Resolve(
            target=targets[0], decision=first, account=id_of("ann"), outcome="overturned", reason="Wrong.", others=True
        ),
        "root",
    )
    reverse = decision.RecordReversed(
        target=targets[0], decision=first, done=("remove",), skipped=("warn",), appeal=lodged
    )
    site.send(reverse, rights.OPERATOR)
    third = desk.decide(targets[1], "note", note="Mind.", batch=id_of("batch"))
    site.send(decision.TakeBackDecision(target=targets[1], decision=third, reason="Oh.", now=desk.now), "mod")
    site.send(erasing.EraseCaseWords(target=targets[2], versions=_versions(desk, "NoteAdded")), "root")
    site.send(erasing.EraseAppealWords(target=targets[0], decision=first, account=id_of("ann")), "root")
    site.send(report.EraseReport(target=targets[3], reporter=id_of("cid")), "root")
    site.send(ErasePost(post=targets[3].removeprefix("post-"), reason="asked to"), "root")


def _versions(desk: Desk, type: str) -> tuple[int, ...]:
    return tuple(fact.version for fact in desk.site.facts if fact.event.type == type)


def _mark(desk: Desk, made: str) -> None:
    expires = later(NOW, standing.STRIKE_TERM)
    for command in (
        standing.Warn(handle="ann", decision=made, reason="Spam."),
        standing.AddStrike(handle="ann", decision=made, points=2, expires=expires, reason="Spam."),
        standing.NoteAccount(handle="ann", text="Again."),
        standing.VoidMarks(handle="ann", decision=made),
        standing.Warn(handle="ann", decision=made, reason="Spam after all."),
        standing.PauseReporting(handle="bob", until=expires, reason="Bad faith.", now=desk.now),
        standing.ResumeReporting(handle="bob"),
        standing.PauseReporting(handle="cid", until=expires, reason="Bad faith.", now=desk.now),
    ):
        desk.site.send(command, "mod")

"""A story of ann's post that holds every command of moderation, each of which changes something."""

from datetime import timedelta

from domain import account, ids, post, rights
from domain.messages import Command
from domain.moderation import appeal, case, decision, erasing, report, standing
from tests.people import id_of
from tests.promises.snapshot_world import DECISION, POST, TARGET

ANN, BOB = id_of("ann"), id_of("bob")
FUTURE = ids.from_now(timedelta(days=365))
REPORT, OTHER_REPORT, OTHER_DECISION, APPEAL = (ids.uuid7() for _ in range(4))
_AT = {"target": TARGET, "now": ids.now()}
_OF = {"target": TARGET, "decision": DECISION}
_APPEAL = {**_OF, "account": ANN}
_MARK = {"handle": "ann", "decision": DECISION}


def _file(id: str) -> report.FileReport:
    return report.FileReport(**_AT, report=id, version=1, category="other", text="Hush report")


def _join(id: str) -> case.JoinReport:
    return case.JoinReport(**_AT, report=id, reporter=BOB, version=1)


REPORTED: list[tuple[str, Command]] = [
    ("bob", account.RegisterAccount(account=BOB, handle="bob")),
    ("bob", _file(REPORT)),
    (rights.OPERATOR, _join(REPORT)),
    ("bob", report.WithdrawReport(target=TARGET)),
    (rights.OPERATOR, case.LeaveReport(**_AT, report=REPORT)),
    ("bob", _file(OTHER_REPORT)),
    (rights.OPERATOR, _join(OTHER_REPORT)),
    ("ann", post.EditPost(post=POST, version=0, title="Hush title", body="Hush, reported")),
    (rights.OPERATOR, case.NoticeText(**_AT)),
]
DECIDED: list[tuple[str, Command]] = [
    ("mod", case.Claim(**_AT)),
    ("mod", case.AddNote(**_AT, text="Hush note")),
    ("mod", case.Release(**_AT)),
    ("mod", case.Claim(**_AT)),
    ("mod", case.Escalate(**_AT, reason="Hush reason")),
    ("mod", case.Claim(**_AT)),
    (
        "mod",
        decision.Decide(
            **_AT, decision=DECISION, acts=("edit", "warn", "strike"), reason="Hush reason", title="Hush", body="Hush"
        ),
    ),
    ("mod", standing.Warn(**_MARK, reason="Hush reason")),
    ("mod", standing.AddStrike(**_MARK, points=2, expires=FUTURE, reason="Hush reason")),
    (rights.OPERATOR, decision.RecordCarriedOut(**_OF, done=("warn", "strike"), skipped=("edit",))),
]
APPEALED: list[tuple[str, Command]] = [
    ("ann", appeal.Lodge(**_OF, appeal=APPEAL, text="Hush appeal", now=_AT["now"])),
    ("mod", appeal.Reply(**_APPEAL, text="Hush reply")),
    ("ann", appeal.Reply(**_APPEAL, text="Hush reply")),
    ("mod", appeal.Resolve(**_APPEAL, outcome="overturned", reason="Hush reason", others=False)),
    ("mod", standing.VoidMarks(**_MARK, reason="Hush reason")),
    (rights.OPERATOR, decision.RecordReversed(**_OF, done=("warn", "strike"), skipped=(), appeal=APPEAL)),
    ("mod", case.OpenCase(**_AT)),
    ("mod", decision.Decide(**_AT, decision=OTHER_DECISION, acts=("none",))),
    ("mod", decision.TakeBackDecision(**(_AT | {"decision": OTHER_DECISION}), reason="Hush reason")),
    ("mod", standing.PauseReporting(handle="bob", until=FUTURE, reason="Hush reason", now=_AT["now"])),
    ("mod", standing.ResumeReporting(handle="bob")),
    ("mod", standing.NoteAccount(handle="ann", text="Hush note")),
]
WORDS_ERASED: list[tuple[str, Command]] = [
    ("mod", report.EraseReport(target=TARGET, reporter=BOB)),
    ("mod", erasing.EraseCaseEdits(target=TARGET)),
    ("mod", erasing.EraseCaseWords(target=TARGET)),
    ("mod", erasing.EraseAppealWords(**_APPEAL)),
]
MODERATED = [*REPORTED, *DECIDED, *APPEALED, *WORDS_ERASED]

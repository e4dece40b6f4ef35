"""A desk for stories: ada's post, bob's report of it, and what moderators do about it."""

from datetime import timedelta
from typing import Any

from domain.messages import Event
from domain.moderation import appeal, case, decision, report
from domain.moderation.case_state import Case as CaseState
from domain.moderation.decision import CaseDecided
from domain.moderation.terms import later
from domain.rights import OPERATOR
from tests.domain.case import AT, POST, Case, people, person, published
from tests.people import id_of

TARGET = f"post-{POST}"
REPORT, DECISION, APPEAL, BATCH, OTHER = (f"0192abcd-0000-7000-8000-0000000000a{digit}" for digit in "12345")
ADA, BOB, MOD, ROOT, SUE = map(id_of, ("ada", "bob", "mod", "root", "sue"))
LEASE = timedelta(minutes=15)


def after(**delta: float) -> str:
    """A moment so long after the story begins."""
    return later(AT, timedelta(**delta))


def desk() -> Case:
    """people(), a second moderator sue, and a post of ada's."""
    return people().given(*person("sue", "moderator"), published())


def filed(**fields: Any) -> report.FileReport:
    of = {"report": REPORT, "target": TARGET, "version": 1, "category": "spam", "now": AT}
    return report.FileReport(**(of | fields))


def joined(case_: Case, report_: str = REPORT, by: str = "bob", target: str = TARGET, now: str = AT) -> Case:
    """The follower tells the case of a report."""
    join = case.JoinReport(target=target, report=report_, reporter=id_of(by), version=1, now=now)
    return case_.when(join, by=OPERATOR)


def reported() -> Case:
    """desk(), where bob has reported the post."""
    return joined(desk().when(filed(), by="bob"))


def claimed(by: str = "mod") -> Case:
    return reported().when(claim(), by=by)


def claim(**fields: Any) -> case.Claim:
    return case.Claim(**({"target": TARGET, "now": AT} | fields))


def deciding(*acts: str, **fields: Any) -> decision.Decide:
    of = {"target": TARGET, "decision": DECISION, "acts": acts or ("remove",), "reason": "Rule 1.", "now": AT}
    return decision.Decide(**(of | fields))


def decided(*acts: str, by: str = "mod", **fields: Any) -> Case:
    return claimed(by).when(deciding(*acts, **fields), by=by)


def taking_back(**fields: Any) -> decision.TakeBackDecision:
    return decision.TakeBackDecision(
        **({"target": TARGET, "decision": DECISION, "reason": "A mistake.", "now": AT} | fields)
    )


def lodging(**fields: Any) -> appeal.Lodge:
    of = {"appeal": APPEAL, "target": TARGET, "decision": DECISION, "text": "It was a quotation.", "now": AT}
    return appeal.Lodge(**(of | fields))


def replying(**fields: Any) -> appeal.Reply:
    return appeal.Reply(**({"target": TARGET, "decision": DECISION, "account": ADA, "text": "Which one?"} | fields))


def resolving(outcome: str = "upheld", **fields: Any) -> appeal.Resolve:
    of = {"target": TARGET, "decision": DECISION, "account": ADA, "reason": "Indeed.", "others": True}
    return appeal.Resolve(outcome=outcome, **(of | fields))


def state(story: Case) -> CaseState:
    return story.bus.aggregates().case(TARGET)


def statement(story: Case) -> CaseDecided:
    """What the last command stored, which is a decision."""
    (stored,) = events(story)
    assert isinstance(stored, CaseDecided)
    return stored


def events(story: Case) -> list[Event]:
    """What the last command stored."""
    return [story.codec.decode(event, commit) for commit in story.stored for event in commit.events]

"""Decisions: made by moderators, read by whom they concern, and taken back."""

from domain.errors import NotFound, Stale
from domain.ids import now
from domain.messages import Receipt
from domain.moderation.appeal import Party, party_to
from domain.moderation.case import ReportJoined
from domain.moderation.case import stream as case_stream
from domain.moderation.decision import CaseDecided, Decide, TakeBackDecision
from operational.idempotency import id_for
from readmodel.moderation.queries import CaseById, CaseDetails, DecisionById, DecisionsAbout, Statement
from webapp.api import pagination
from webapp.api.errors import StaleCase
from webapp.api.operations import Call, Operation, Reply
from webapp.api.schema import request_bodies
from webapp.api.schema.response_bodies import Page
from webapp.site import commands, site
from webapp.site.database import ask

from . import answers, bodies, shown, staff, targets
from .stored import event_at


def decide_case(call: Call) -> Reply:
    """Decide a case that you have claimed. If-Match names the case's version that you saw: what came in since is never
    decided unseen, but told with 412."""
    wanted: bodies.CaseDecision = call.body
    target = targets.stream_named(call.ids["case"])
    command = command_of(
        wanted, target, decision=id_for(call.caller.account, call.key), title=wanted.title, body=wanted.body
    )
    try:
        receipt = call.send(command)
    except Stale as stale:
        raise _stale(call, target, stale) from stale
    decided = event_at(receipt, CaseDecided)
    return Reply(
        answers.Decided(id=decided.decision if decided else None, version=receipt.version),
        {"ETag": f'"{receipt.version}"'},
    )


def command_of(
    wanted: bodies.Deciding, target: str, *, decision: str, title: str = "", body: str = "", batch: str = ""
) -> Decide:
    return Decide(
        target=target, decision=decision, acts=tuple(wanted.acts), reason=wanted.reason, note=wanted.note,
        rule=wanted.rule, rules_version=wanted.rules_version, until=wanted.until or "", points=wanted.points,
        title=title, body=body, batch=batch, now=now(),
    )  # fmt: skip


def _stale(call: Call, target: str, stale: Stale) -> StaleCase:
    """Says what is new as the lists have it, once they show the case as it stands."""
    commands.await_shown([Receipt(stream=case_stream(target), version=stale.version)], call.wait_s)
    seen = max(call.seen or (stale.version,), default=0)
    events = site.current().bus.aggregates().events(case_stream(target))
    joined = {event.report for version, event in events if version > seen and isinstance(event, ReportJoined)}
    details: CaseDetails | None = ask(CaseById(case=target, now=now()))
    reports = [shown.report(one) for one in details.reports if one.id in joined] if details else []
    today = details.today if details else None
    return StaleCase(stale, reports, {"title": today.title, "body": today.body} if today else None)


def list_decisions(call: Call) -> Reply:
    """Decisions about you, newest first. Suspended people see them, too."""
    query: request_bodies.Listing = call.query
    after = pagination.after(call)
    found = ask(DecisionsAbout(account=call.caller.account, after=after, limit=query.limit))
    return pagination.page(call, found, shown.decision_for_author)


def show_decision(call: Call) -> Reply:
    """One decision, for whom it is about, for whoever reported what it answers, and for moderators."""
    found = find(call.ids["id"])
    if staff.may_judge(call, found.target):
        return Reply(shown.decision_for_staff(found))
    is_author = party(call, found) == "author"
    return Reply(shown.decision_for_author(found) if is_author else shown.decision_for_reporter(found))


def party(call: Call, found: Statement) -> Party:
    """What a decision is to whoever calls. Raises NotFound where it is nothing to them: also for an author of whom
    nothing came, who isn't to learn that they were reported."""
    case = site.current().bus.aggregates().case(found.target)
    made = case.decisions.get(found.id)
    concerned = party_to(made, call.caller.account, case.author) if made else None
    if concerned is None:
        raise NotFound("There is no such decision about you or what you reported.")
    return concerned


def take_back_decision(call: Call) -> Reply:
    """Take a decision back: what it restricted is lifted, where that hasn't changed since, and its case is open again.
    For moderators."""
    found = find(call.ids["id"])
    receipt = call.send(TakeBackDecision(target=found.target, decision=found.id, reason=call.body.reason, now=now()))
    return Reply(answers.Decided(id=found.id, version=receipt.version))


def find(decision: str) -> Statement:
    """Raises NotFound."""
    found: Statement | None = ask(DecisionById(decision=decision))
    if found is None:
        raise NotFound("There is no such decision about you or what you reported.")
    return found


OPERATIONS = (
    Operation(
        method="POST", path="/moderation/cases/{case}/decision", handler=decide_case, scope="moderate",
        body=bodies.CaseDecision, query=request_bodies.Waiting, answer=answers.Decided, conditional=True, edits=True,
        refusals=(409,),
    ),
    Operation(
        method="GET", path="/decisions", handler=list_decisions, scope="read", while_suspended=True,
        query=request_bodies.Listing, answer=Page[answers.Decision],
    ),
    Operation(
        method="GET", path="/decisions/{id}", handler=show_decision, scope="read", while_suspended=True,
        answer=answers.Decision,
    ),
    Operation(
        method="POST", path="/decisions/{id}/undo", handler=take_back_decision, scope="moderate",
        body=request_bodies.OwedWhy, query=request_bodies.Waiting, answer=answers.Decided, refusals=(409,),
    ),
)  # fmt: skip

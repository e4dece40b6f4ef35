"""One's own reports: file one, see what came of it, take it back."""

from domain.errors import Conflict, NotFound
from domain.ids import now
from domain.moderation.report import FileReport, ReportFiled, WithdrawReport
from operational.idempotency import id_for
from readmodel.moderation.queries import OwnReport, ReportById, ReportsBy
from webapp.api import pagination, rate_limits
from webapp.api.operations import Call, Operation, Reply, location
from webapp.api.schema import request_bodies
from webapp.api.schema.response_bodies import Page
from webapp.site import site
from webapp.site.database import ask

from . import answers, bodies, targets
from .stored import only_event


def file_report(call: Call) -> Reply:
    """Report a post, a comment or an account to the moderators. Twice is once, until it is decided. Nobody else learns
    of it, least of all whom it is about. At most 30 an hour, and 60 from one address."""
    rate_limits.count_report(call.caller)
    wanted: bodies.NewReport = call.body
    command = FileReport(
        report=id_for(call.caller.account, call.key),
        target=targets.stream_named(wanted.target),
        version=wanted.version,
        category=wanted.category,
        rule=wanted.rule,
        rules_version=wanted.rules_version,
        text=wanted.text,
        law=wanted.law,
        now=now(),
    )
    filed = only_event(call.send(command), ReportFiled)
    return Reply(answers.Filed(id=filed.report, state="received"), location(f"/reports/{filed.report}"))


def list_reports(call: Call) -> Reply:
    """Your reports, newest first, and what came of each."""
    query: request_bodies.Listing = call.query
    found = ask(ReportsBy(reporter=call.caller.account, after=pagination.after(call), limit=query.limit))
    return pagination.page(call, found, _shown)


def show_report(call: Call) -> Reply:
    """One of your reports."""
    return Reply(_shown(_own(call)))


def withdraw_report(call: Call) -> Reply:
    """Take a report back."""
    found = _own(call)
    state = site.current().bus.aggregates().report(found.target, call.caller.account)
    if state.id != found.id:
        raise Conflict("This report was decided, and you have filed another one since.")
    call.send(WithdrawReport(target=found.target))
    return Reply(answers.Filed(id=found.id, state="withdrawn"))


def _own(call: Call) -> OwnReport:
    """Raises NotFound for somebody else's, as if there were none."""
    found: OwnReport | None = ask(ReportById(report=call.ids["id"]))
    if found is None or found.reporter != call.caller.account:
        raise NotFound("You have no such report.")
    return found


def _shown(view: OwnReport) -> answers.Report:
    return answers.Report(
        id=view.id, state=view.state, target=targets.named(view.target), title=view.title, version=view.version,
        category=view.category, rule=view.rule, rules_version=view.rules_version, law=view.law, text=view.text,
        at=view.at, outcome=view.outcome, decision=view.decision, decided_at=view.decided_at,
        appeal_until=view.appeal_until,
    )  # fmt: skip


OPERATIONS = (
    Operation(
        method="POST", path="/reports", handler=file_report, scope="write", body=bodies.NewReport,
        query=request_bodies.Waiting, answer=answers.Filed, status=201, refusals=(404, 409, 410),
    ),
    Operation(
        method="GET", path="/reports", handler=list_reports, scope="read", while_suspended=True,
        query=request_bodies.Listing, answer=Page[answers.Report],
    ),
    Operation(
        method="GET", path="/reports/{id}", handler=show_report, scope="read", while_suspended=True,
        answer=answers.Report,
    ),
    Operation(
        method="DELETE", path="/reports/{id}", handler=withdraw_report, scope="write", while_suspended=True,
        query=request_bodies.Waiting, answer=answers.Filed, refusals=(409,),
    ),
)  # fmt: skip

"""What staff know of an account and note down about it, and whether it may report."""

from domain.errors import NotFound
from domain.ids import now
from domain.moderation.standing import NoteAccount, PauseReporting, ResumeReporting
from readmodel.moderation.queries import AccountFile, FileOf
from webapp.api import pagination
from webapp.api.operations import Call, Operation, Reply, location
from webapp.api.schema import request_bodies
from webapp.api.schema.response_bodies import Accepted
from webapp.site.database import ask

from . import answers, bodies, shown, staff


def show_account_file(call: Call) -> Reply:
    """What moderators know of somebody: warnings, strikes, notes, decisions and cases. For moderators."""
    staff.require(call)
    found: AccountFile | None = ask(FileOf(account=call.ids["handle"], now=now()))
    if found is None:
        raise NotFound("Nobody here has this handle.")
    staff.require_other(call, found.account)
    return Reply(shown.account_file(found))


def add_account_note(call: Call) -> Reply:
    """Note something down about somebody, for staff."""
    handle = call.ids["handle"]
    receipt = call.send(NoteAccount(handle=handle, text=call.body.text))
    return pagination.accepted(receipt, location(f"/moderation/accounts/{handle}"))


def pause_reporting(call: Call) -> Reply:
    """Refuse what somebody reports, up to a time: for reports in bad faith. They are told why."""
    wanted: bodies.ReportingPause = call.body
    command = PauseReporting(handle=call.ids["handle"], until=wanted.until, reason=wanted.reason, now=now())
    return pagination.accepted(call.send(command))


def resume_reporting(call: Call) -> Reply:
    """Let somebody report again before that time."""
    return pagination.accepted(call.send(ResumeReporting(handle=call.ids["handle"], reason=call.body.reason)))


OPERATIONS = (
    Operation(
        method="GET", path="/moderation/accounts/{handle}", handler=show_account_file, scope="moderate",
        answer=answers.AccountFile,
    ),
    Operation(
        method="POST", path="/moderation/accounts/{handle}/notes", handler=add_account_note, scope="moderate",
        body=bodies.NewAccountNote, query=request_bodies.Waiting, answer=Accepted, status=201, refusals=(409,),
    ),
    Operation(
        method="PUT", path="/moderation/accounts/{handle}/reporting-pause", handler=pause_reporting, scope="moderate",
        body=bodies.ReportingPause, query=request_bodies.Waiting, answer=Accepted, refusals=(409,),
    ),
    Operation(
        method="DELETE", path="/moderation/accounts/{handle}/reporting-pause", handler=resume_reporting,
        scope="moderate", body=request_bodies.Why, query=request_bodies.Waiting, answer=Accepted, refusals=(409,),
    ),
)  # fmt: skip

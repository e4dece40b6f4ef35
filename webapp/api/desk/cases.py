"""Cases, for moderators: the queue, one case, who works on it, and what they note down."""

from domain.errors import NotFound
from domain.ids import now
from domain.messages import Receipt
from domain.moderation.case import AddNote, CaseClaimed, Claim, Escalate, OpenCase, Release
from readmodel.moderation.queries import CaseById, CaseDetails, FindCases
from webapp.api import pagination
from webapp.api.operations import Call, Operation, Reply, location
from webapp.api.schema import request_bodies
from webapp.api.schema.response_bodies import Accepted, Page
from webapp.site.database import ask

from . import answers, bodies, shown, staff, targets
from .stored import only_event


def list_cases(call: Call) -> Reply:
    """Cases by state, kind, category, author and who has claimed them; q: words of the text, or the author's handle.
    For moderators."""
    staff.require(call)
    wanted: bodies.FindCases = call.query
    found = ask(
        FindCases(
            now=now(),
            state=wanted.state,
            sort=wanted.sort,
            kind=wanted.kind,
            category=wanted.category,
            author=wanted.author,
            claimed_by=wanted.claimed_by,
            q=wanted.q or "",
            after=pagination.after(call),
            limit=wanted.limit,
        )
    )
    return pagination.page(call, found, shown.case_item)


def show_case(call: Call) -> Reply:
    """One case: the text as it was reported and as it is today, reports, notes, decisions, appeals. A claim ends
    without another version: compare claimed_until with the time. For moderators."""
    staff.require(call)
    found: CaseDetails | None = ask(CaseById(case=_target(call), now=now()))
    if found is None:
        raise NotFound("There is no such case.")
    staff.require_other(call, found.case.author)
    return Reply(shown.case(found), {"ETag": f'"{found.case.version}"'})


def open_case(call: Call) -> Reply:
    """Open a case without a report; it is claimed at once. For moderators."""
    wanted: bodies.NewCase = call.body
    receipt = call.send(OpenCase(target=targets.stream_named(wanted.target), now=now()))
    return Reply(Accepted(id=_id(receipt), version=receipt.version), location(f"/moderation/cases/{_id(receipt)}"))


def claim_case(call: Call) -> Reply:
    """Claim a case for fifteen minutes, or claim it anew. An admin may take over what another moderator has claimed."""
    wanted: bodies.CaseClaim = call.body
    receipt = call.send(Claim(target=_target(call), take_over=wanted.take_over, now=now()))
    claimed_until = only_event(receipt, CaseClaimed).claimed_until
    return Reply(
        answers.Claimed(
            id=_id(receipt), version=receipt.version, claimed_by=call.caller.handle, claimed_until=claimed_until
        ),
        {"ETag": f'"{receipt.version}"'},
    )


def release_case(call: Call) -> Reply:
    """Give a case back. Nothing happens to somebody else's claim."""
    return _changed(call.send(Release(target=_target(call), now=now())))


def escalate_case(call: Call) -> Reply:
    """Leave a case to an admin, once you have claimed it."""
    return _changed(call.send(Escalate(target=_target(call), reason=call.body.reason, now=now())))


def add_case_note(call: Call) -> Reply:
    """Note something down about a case, for staff. It renews your claim."""
    target = _target(call)
    receipt = call.send(AddNote(target=target, text=call.body.text, now=now()))
    return _changed(receipt, location(f"/moderation/cases/{_id(receipt)}"))


def _target(call: Call) -> str:
    return targets.stream_named(call.ids["case"])


def _id(receipt: Receipt) -> str:
    """Of the case, as programs name it: by what it is about."""
    return targets.named(receipt.subject)


def _changed(receipt: Receipt, headers: dict[str, str] | None = None) -> Reply:
    return Reply(
        Accepted(id=_id(receipt), version=receipt.version), {"ETag": f'"{receipt.version}"', **(headers or {})}
    )


OPERATIONS = (
    Operation(
        method="GET", path="/moderation/cases", handler=list_cases, scope="moderate", query=bodies.FindCases,
        answer=Page[answers.CaseItem],
    ),
    Operation(
        method="POST", path="/moderation/cases", handler=open_case, scope="moderate", body=bodies.NewCase,
        query=request_bodies.Waiting, answer=Accepted, status=201, refusals=(404, 409),
    ),
    Operation(
        method="GET", path="/moderation/cases/{case}", handler=show_case, scope="moderate", answer=answers.Case,
        etag=True,
    ),
    Operation(
        method="PUT", path="/moderation/cases/{case}/claim", handler=claim_case, scope="moderate",
        body=bodies.CaseClaim, query=request_bodies.Waiting, answer=answers.Claimed, conditional=True, refusals=(409,),
    ),
    Operation(
        method="DELETE", path="/moderation/cases/{case}/claim", handler=release_case, scope="moderate",
        query=request_bodies.Waiting, answer=Accepted, conditional=True, refusals=(409,),
    ),
    Operation(
        method="POST", path="/moderation/cases/{case}/escalate", handler=escalate_case, scope="moderate",
        body=request_bodies.OwedWhy, query=request_bodies.Waiting, answer=Accepted, conditional=True, refusals=(409,),
    ),
    Operation(
        method="POST", path="/moderation/cases/{case}/notes", handler=add_case_note, scope="moderate",
        body=bodies.NewNote, query=request_bodies.Waiting, answer=Accepted, status=201, conditional=True,
        refusals=(409,),
    ),
)  # fmt: skip

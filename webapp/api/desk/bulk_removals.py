"""Removing everything that one account wrote in a period, seeing how far that is, and taking it back."""

from typing import Annotated, Literal

from msgspec import Meta

from domain import ids
from domain.errors import Invalid, NotFound
from domain.ids import parse_moment
from domain.moderation.bulk import BEGINNING, MAX_PREVIEWED, OrderBulkRemoval, TakeBackBulkRemoval
from domain.moderation.terms import no_moment
from readmodel.bulk_removals.answers import BatchById, BatchView, PartsOfBatch
from readmodel.bulk_removals.preview import Kind, Written, WrittenCounts, WrittenTexts
from webapp.api import pagination
from webapp.api.operations import Call, Operation, Reply, location
from webapp.api.schema import fields, request_bodies
from webapp.api.schema.response_bodies import Accepted, Answer, Page
from webapp.site import site
from webapp.site.database import ask

from . import staff

Time = Annotated[str, Meta(max_length=64, description="ISO 8601 with a time zone.")]
State = Literal["being carried out", "carried out", "being taken back", "taken back"]


class Period(request_bodies.Request, frozen=True, kw_only=True):
    """Left out: from the beginning, and up to now. kind: of the texts that are listed."""

    since: Time | None = None
    until: Time | None = None
    kind: Kind = "post"
    after: fields.Cursor | None = None
    limit: fields.Limit = 30


class NewBulkRemoval(request_bodies.Request, frozen=True, kw_only=True):
    """since and until left out: from the beginning, and up to now. suspended_until left out: until it is reinstated.
    previewed: how many texts you saw that these are."""

    reason: fields.OwedReason
    since: Time | None = None
    until: Time | None = None
    suspends: bool = False
    suspended_until: fields.Until | None = None
    previewed: Annotated[int, Meta(ge=0, le=MAX_PREVIEWED)] = 0


class WrittenText(Answer, frozen=True, kw_only=True):
    id: fields.Id
    title: str
    text: str
    created_at: fields.Moment


class Preview(Answer, frozen=True, kw_only=True):
    """posts and comments would go; gone: what is removed already, and is left as it is."""

    posts: fields.Count
    comments: fields.Count
    gone: fields.Count
    items: list[WrittenText]
    next: str | None


class BulkRemoval(Answer, frozen=True, kw_only=True):
    """removed and restored count texts so far; remaining: those that couldn't be removed, or had changed since and
    stay as they are, null until that is known."""

    id: fields.Id
    account: str
    state: State
    ordered_by: str
    ordered_at: fields.Moment
    since: fields.Moment
    until: fields.Moment
    reason: str | None
    suspends: bool
    suspended_until: fields.Moment | None
    previewed: fields.Count
    removed: fields.Count
    removal_remaining: fields.Count | None
    taken_back_by: str | None
    taken_back_at: fields.Moment | None
    taken_back_reason: str | None
    restored: fields.Count
    restoration_remaining: fields.Count | None


class RemovalPart(Answer, frozen=True, kw_only=True):
    id: fields.Id
    kind: Kind
    removed_at: fields.Moment
    restored: bool


def preview_bulk_removal(call: Call) -> Reply:
    """What somebody wrote in a period and stands, newest first: what removing it in bulk would remove. For
    moderators."""
    staff.require(call)
    wanted: Period = call.query
    asked = {"account": _account(call), "since": _moment("since", wanted.since) or BEGINNING}
    asked["until"] = _moment("until", wanted.until) or ids.now()
    counts: WrittenCounts = ask(Written(**asked))
    found = ask(WrittenTexts(**asked, kind=wanted.kind, after=pagination.after(call), limit=wanted.limit))
    texts = [WrittenText(id=one.id, title=one.title, text=one.text, created_at=one.created_at) for one in found.items]
    page = pagination.page(call, found)
    shown = Preview(
        posts=counts.posts, comments=counts.comments, gone=counts.gone, items=texts, next=page.body.next  # type: ignore[union-attr]
    )  # fmt: skip
    return Reply(shown, page.headers)


def order_bulk_removal(call: Call) -> Reply:
    """Remove everything that somebody wrote in a period, in the background. Claim the case about the account first:
    `PUT /moderation/cases/account-{handle}/claim`."""
    wanted: NewBulkRemoval = call.body
    command = OrderBulkRemoval(
        batch=ids.uuid7(),
        handle=_account(call),
        since=wanted.since or "",
        until=wanted.until or "",
        reason=wanted.reason,
        suspends=wanted.suspends,
        suspended_until=wanted.suspended_until or "",
        previewed=wanted.previewed,
        now=ids.now(),
    )
    receipt = call.send(command)
    return pagination.accepted(receipt, location(f"/moderation/bulk-removals/{receipt.subject}"))


def show_bulk_removal(call: Call) -> Reply:
    """How far a bulk removal is. For moderators whom it isn't about."""
    found = _batch(call)
    values = {name: getattr(found, name) for name in BulkRemoval.__struct_fields__}
    return Reply(BulkRemoval(**values))


def list_bulk_removal_parts(call: Call) -> Reply:
    """The texts that a bulk removal removed, and which of them are back. For moderators whom it isn't about."""
    found = _batch(call)
    parts = ask(PartsOfBatch(batch=found.id, after=pagination.after(call), limit=call.query.limit))
    return pagination.page(call, parts)


def take_back_bulk_removal(call: Call) -> Reply:
    """Take a bulk removal back. What changed since stays as it is, and is listed as not restored."""
    return pagination.accepted(call.send(TakeBackBulkRemoval(batch=call.ids["id"], reason=call.body.reason)))


def _account(call: Call) -> str:
    """The id of whoever the address names. Raises NotFound."""
    found = site.current().bus.aggregates().account_named(call.ids["handle"])
    if not found.exists or found.closed:
        raise NotFound("Nobody here has this handle.")
    return found.id


def _batch(call: Call) -> BatchView:
    staff.require(call)
    found: BatchView | None = ask(BatchById(batch=call.ids["id"]))
    if found is None or found.account == site.current().bus.aggregates().called(call.caller.account):
        raise NotFound("There is no such batch.")
    return found


def _moment(field: str, typed: str | None) -> str | None:
    """Raises Invalid for what is none."""
    if typed is None:
        return None
    if (found := parse_moment(typed)) is None:
        raise Invalid({field: no_moment(field)})
    return found


OPERATIONS = (
    Operation(
        method="GET", path="/moderation/accounts/{handle}/writings", handler=preview_bulk_removal, scope="moderate",
        query=Period, answer=Preview,
    ),
    Operation(
        method="POST", path="/moderation/accounts/{handle}/bulk-removals", handler=order_bulk_removal,
        scope="moderate", body=NewBulkRemoval, query=request_bodies.Waiting, answer=Accepted, status=201,
        refusals=(409,),
    ),
    Operation(
        method="GET", path="/moderation/bulk-removals/{id}", handler=show_bulk_removal, scope="moderate",
        answer=BulkRemoval,
    ),
    Operation(
        method="GET", path="/moderation/bulk-removals/{id}/parts", handler=list_bulk_removal_parts, scope="moderate",
        query=request_bodies.Listing, answer=Page[RemovalPart],
    ),
    Operation(
        method="POST", path="/moderation/bulk-removals/{id}/undo", handler=take_back_bulk_removal, scope="moderate",
        body=request_bodies.OwedWhy, query=request_bodies.Waiting, answer=Accepted, refusals=(409,),
    ),
)  # fmt: skip

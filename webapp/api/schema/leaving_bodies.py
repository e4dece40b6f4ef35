"""Request and response bodies of leaving."""

from typing import Annotated, Literal

from msgspec import Meta, field

from domain.leaving import MAX_EXCEPTIONS
from operational.departures import State

from . import fields, request_bodies, response_bodies

Words = Annotated[
    Literal["keep", "erase"],
    Meta(description="Whether posts and comments stay, under the name of no one, or are erased."),
]
Exceptions = Annotated[
    list[str],
    Meta(max_length=MAX_EXCEPTIONS, description="post-<id> or comment-<id>: to these the opposite happens."),
]
Counts = Annotated[dict[str, int], Meta(description="Kind of thing: how many were erased of it so far.")]


class Leave(request_bodies.Request, frozen=True, kw_only=True):
    password: fields.Password
    words: Words
    exceptions: Exceptions = field(default_factory=list)


class CloseAccount(request_bodies.Request, frozen=True, kw_only=True):
    reason: fields.OwedReason
    words: Words


class Commits(request_bodies.Request, frozen=True, kw_only=True):
    after: fields.Least = 0


class Leaving(response_bodies.Answer, frozen=True, kw_only=True):
    """receipt is the id of GET /receipts/{id}. Up to `until` logging in on the site takes it back."""

    receipt: fields.Id
    until: fields.Moment
    state: State


class Receipt(response_bodies.Answer, frozen=True, kw_only=True):
    """state: waiting until `until`, then erasing, then done. commits: ids of those that erased something, in their
    order; next goes into `after` for those that follow, null on the last page."""

    id: fields.Id
    state: State
    until: fields.Moment
    ended_at: fields.Moment | None
    counts: Counts
    commits: list[str]
    next: int | None

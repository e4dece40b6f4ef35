"""Request and response bodies of the moderation log."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from readmodel.moderation.log import KINDS
from readmodel.moderation.log_pages import LoggedAct

from . import fields, request_bodies

Kind = Annotated[
    str, Meta(description="The stored name of an event of moderators.", extra_json_schema={"enum": list(KINDS)})
]
Day = Annotated[
    str,
    Meta(
        pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        description="A day in UTC, written like 2026-11-30. It belongs to the period.",
        extra={"fault": "must be a day, written like 2026-11-30"},
    ),
]


class Log(request_bodies.Request, frozen=True, kw_only=True):
    """moderator: a handle. subject: what was acted on."""

    kind: Kind | None = None
    moderator: fields.Typed | None = None
    subject: Literal["post", "comment", "account"] | None = None
    first_day: Day | None = msgspec.field(name="from", default=None)
    last_day: Day | None = msgspec.field(name="to", default=None)
    after: fields.Cursor | None = None
    limit: fields.Limit = 30


class Logged(LoggedAct, frozen=True, kw_only=True):
    """One act of a moderator, an admin or the operator. id is the event's, as /events has it. thread is the post that
    it is about, or whose comment; account the handle of whom it was done to, where it is about an account; role the one
    that was given or taken; rule the number of the site's rule that it cites. erased: the reason is gone for good."""

    version: fields.Version
    at: fields.Moment
    thread: fields.Id | None

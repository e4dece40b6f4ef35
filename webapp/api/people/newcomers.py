"""Limits for new accounts: what holds, and setting others."""

from typing import Annotated

import msgspec
from msgspec import Meta

from domain.site.newcomers import MAXIMA, SetNewcomerLimits
from readmodel.site.newcomers import SetLimits, SetLimitsView
from webapp.api import pagination
from webapp.api.operations import Call, Operation, Reply
from webapp.api.schema import fields, request_bodies, response_bodies
from webapp.site import newcomers
from webapp.site.database import ask

Number = Annotated[int, Meta(description="0: no such limit.", extra_json_schema={"minimum": 0})]


class LimitNumbers(request_bodies.Request, frozen=True, kw_only=True):
    """An account is new that is younger than `days`, or has fewer than `writings` posts and comments that stand.

    links and mentions are the most in one text, per_hour the most texts in an hour."""

    days: Number
    writings: Number
    links: Number
    mentions: Number
    per_hour: Number


class LimitsInForce(response_bodies.Answer, frozen=True, kw_only=True):
    """version 0, with nulls: nobody has set any, and these are the site's own."""

    version: fields.Count
    set_at: fields.Moment | None
    set_by: str | None
    days: fields.Count
    writings: fields.Count
    links: fields.Count
    mentions: fields.Count
    per_hour: fields.Count


def show_newcomer_limits(_call: Call) -> Reply:
    """What holds for the texts of new accounts."""
    found: SetLimitsView | None = ask(SetLimits())
    numbers = msgspec.structs.asdict(newcomers.limits())
    shown = LimitsInForce(
        version=found.version if found else 0,
        set_at=found.set_at if found else None,
        set_by=found.set_by if found else None,
        **numbers,
    )
    return Reply(shown, {"ETag": f'"{shown.version}"'})


def set_newcomer_limits(call: Call) -> Reply:
    """Set other limits for the texts of new accounts. If-Match names the version that you saw, "0" where there was
    none. For admins."""
    command = SetNewcomerLimits(**{name: getattr(call.body, name) for name in MAXIMA})
    return pagination.versioned(call.send(command))


OPERATIONS = (
    Operation(
        method="GET", path="/newcomer-limits", handler=show_newcomer_limits, scope="read", public=True,
        answer=LimitsInForce, etag=True,
    ),
    Operation(
        method="PUT", path="/newcomer-limits", handler=set_newcomer_limits, scope="moderate", body=LimitNumbers,
        query=request_bodies.Waiting, answer=response_bodies.Accepted, edits=True, conditional=True, refusals=(409,),
    ),
)  # fmt: skip

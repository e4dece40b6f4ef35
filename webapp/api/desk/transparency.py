"""What moderation did in quarters that are over, for everybody: numbers, and statements of reasons without names."""

from typing import Annotated

from msgspec import Meta

from domain import ids
from domain.errors import NotFound
from readmodel.moderation.quarters import is_over, last_over
from readmodel.moderation.transparency import (
    PublicStatement,
    PublicStatements,
    Transparency,
    TransparencyOf,
    checked_quarter,
)
from webapp.api import pagination
from webapp.api.operations import Call, Operation, Reply
from webapp.api.schema import fields, request_bodies, response_bodies
from webapp.site.database import ask

Quarter = Annotated[
    str,
    Meta(
        pattern="^[0-9]{4}-Q[1-4]$",
        description="A quarter that is over, written like 2026-Q3.",
        extra={"fault": "must be a quarter, written like 2026-Q3"},
    ),
]


class OfQuarter(request_bodies.Request, frozen=True, kw_only=True):
    """Left out: the last one that is over."""

    quarter: Quarter | None = None


class StatementsOfQuarter(request_bodies.Request, frozen=True, kw_only=True):
    """Left out: the last quarter that is over."""

    quarter: Quarter | None = None
    after: fields.Cursor | None = None
    limit: fields.Limit = 30


def show_transparency(call: Call) -> Reply:
    """What was reported, decided and appealed in a quarter, in numbers. 404 until the quarter is over: what happens now
    would tell somebody that they were reported."""
    return Reply(ask(TransparencyOf(quarter=_over(call.query.quarter))))


def list_public_statements(call: Call) -> Reply:
    """The statements of reasons of a quarter, newest first, in the columns of the EU's database of them. They name
    nobody and hold nobody's words."""
    wanted: StatementsOfQuarter = call.query
    quarter = _over(wanted.quarter)
    found = ask(PublicStatements(quarter=quarter, after=pagination.after(call), limit=wanted.limit))
    return pagination.page(call, found)


def _over(quarter: str | None) -> str:
    if quarter is None:
        return last_over(ids.now())
    if not is_over(checked_quarter(quarter), ids.now()):
        raise NotFound("This quarter isn't over.")
    return quarter


OPERATIONS = (
    Operation(
        method="GET", path="/transparency", handler=show_transparency, scope="read", public=True, query=OfQuarter,
        answer=Transparency, refusals=(404,),
    ),
    Operation(
        method="GET", path="/transparency/statements", handler=list_public_statements, scope="read", public=True,
        query=StatementsOfQuarter, answer=response_bodies.Page[PublicStatement], refusals=(404,),
    ),
)  # fmt: skip

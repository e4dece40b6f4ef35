"""The moderation log, for everybody."""

from readmodel.moderation.log_pages import ModerationLog
from webapp.api import pagination
from webapp.api.operations import Call, Operation, Reply
from webapp.api.schema import log_bodies, response_bodies
from webapp.site.database import ask


def list_log(call: Call) -> Reply:
    """What moderators and admins did to what isn't theirs, newest first: who, what, why. Nothing of what was removed is
    in it. That somebody's account is to be closed is told once that can't be taken back."""
    wanted: log_bodies.Log = call.query
    found = ask(
        ModerationLog(
            kind=wanted.kind,
            moderator=wanted.moderator,
            subject=wanted.subject,
            first_day=wanted.first_day,
            last_day=wanted.last_day,
            after=pagination.after(call),
            limit=wanted.limit,
        )
    )
    return pagination.page(call, found)


OPERATIONS = (
    Operation(
        method="GET", path="/log", handler=list_log, scope="read", public=True,
        query=log_bodies.Log, answer=response_bodies.Page[log_bodies.Logged],
    ),
)  # fmt: skip

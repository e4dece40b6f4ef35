"""The caller's takeout: a ZIP with all that is theirs, made in the background."""

from flask import Response

from domain.errors import NotFound
from operational.takeouts import Takeout
from webapp.site import i18n, takeouts

from .operations import Call, Operation, Reply, location
from .schema import response_bodies


def request_export(call: Call) -> Reply:
    """Have a takeout made: a ZIP with all that this site has of you. One at a time: it gives the one that is being
    made, or that was made less than a day ago. One that failed goes on."""
    return Reply(_shown(takeouts.request(call.caller.handle, i18n.ENGLISH)), location("/me/export"))


def show_export(call: Call) -> Reply:
    """How your takeout is: waiting, running, done or failed. It is kept a week."""
    found = takeouts.find(call.caller.handle)
    if found is None:
        raise NotFound(takeouts.NO_TAKEOUT)
    return Reply(_shown(found))


def fetch_export(call: Call) -> Response:
    """Get the ZIP of your takeout, once it is done. Drafts and sessions are in it, so the token must be good for
    writing too."""
    return takeouts.download(takeouts.delivery(call.caller.handle))


def _shown(found: Takeout) -> response_bodies.Takeout:
    return response_bodies.Takeout(
        id=found.id,
        state=found.state,
        problem=found.problem or None,
        done=found.done,
        total=found.total,
        requested_at=found.requested_at,
        ended_at=found.ended_at,
        expires_at=found.expires_at,
    )


OPERATIONS = (
    Operation(
        method="POST", path="/me/export", handler=request_export, scope="write", reads=True,
        answer=response_bodies.Takeout, status=202, queues=True,
    ),
    Operation(
        method="GET", path="/me/export", handler=show_export, scope="read", answer=response_bodies.Takeout,
        refusals=(404,),
    ),
    Operation(
        method="GET", path="/me/export/file", handler=fetch_export, scope="write", reads=True, answer=None,
        file=takeouts.MEDIA_TYPE, refusals=(404,),
    ),
)  # fmt: skip

"""What the settings page and the API share about somebody's takeout: requested, looked at, sent to its owner."""

from flask import Response, stream_with_context

from domain.errors import NotFound, Sentence
from operational import takeouts
from operational.takeouts import Takeout
from takeout.delivery import Delivery

from . import database, site

MEDIA_TYPE = "application/zip"
NO_TAKEOUT = Sentence("There is no takeout. It may be over a week old, and then it is deleted.")


def find(handle: str) -> Takeout | None:
    """The takeout of this person: being made, done or failed; None where there is none any more."""
    return takeouts.find(database.control(), handle)


def request(handle: str, language: str) -> Takeout:
    """Has one made, unless one is being made already or was made a short while ago. Suspended people may, too."""
    return takeouts.request(database.control(), handle, language)


def delivery(handle: str, id: str | None = None) -> Delivery:
    """The ZIP of this person. id: which one they mean. Raises NotFound for anybody else's, and until it is whole."""
    found = find(handle)
    if found is None or found.state != "done" or id not in (None, found.id):
        raise NotFound(NO_TAKEOUT)
    return Delivery(site.current().live.control, found)


def download(sent: Delivery) -> Response:
    """The answer with it, of a length that is known before. It holds no connection between two pieces."""
    database.release()
    response = Response(stream_with_context(sent.chunks()), mimetype=MEDIA_TYPE)
    response.content_length = sent.length
    response.headers["Content-Disposition"] = f'attachment; filename="{sent.name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response

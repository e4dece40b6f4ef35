"""What the settings page and the API share about somebody's takeout: requested, looked at, sent to its owner."""

from datetime import timedelta

from flask import Response, stream_with_context

from domain.errors import NotFound, Sentence
from operational import takeouts
from operational.takeouts import Takeout
from takeout.delivery import Delivery

from . import database, site

MEDIA_TYPE = "application/zip"
NO_TAKEOUT = Sentence("There is no takeout. Each is deleted a while after it was made; /privacy says when.")


def kept() -> timedelta:
    """How long a takeout stays once it is made, by the settings."""
    return site.current().settings.retention.takeouts


def find(account: str) -> Takeout | None:
    """The takeout of this person: being made, done or failed; None where there is none any more."""
    return takeouts.find(database.control(), account, kept())


def request(account: str, language: str) -> Takeout:
    """Has one made, unless one is being made already or was made a short while ago. Suspended people may, too."""
    return takeouts.request(database.control(), account, language, kept())


def delivery(account: str, handle: str, id: str | None = None) -> Delivery:
    """The ZIP of this person, named by their handle. id: which one they mean.

    Raises NotFound for anybody else's, and until it is whole.
    """
    found = find(account)
    if found is None or found.state != "done" or id not in (None, found.id):
        raise NotFound(NO_TAKEOUT)
    return Delivery(site.current().live.control, found, handle)


def download(sent: Delivery) -> Response:
    """The answer with it, of a length that is known before. It holds no connection between two pieces."""
    database.release()
    response = Response(stream_with_context(sent.chunks()), mimetype=MEDIA_TYPE)
    response.content_length = sent.length
    response.headers["Content-Disposition"] = f'attachment; filename="{sent.name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response

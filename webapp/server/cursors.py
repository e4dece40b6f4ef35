"""Signed cursors: the `after` of a link to a list's next page says where this one ended, for that list alone."""

from itsdangerous import BadData, URLSafeSerializer
from werkzeug.exceptions import BadRequest

from readmodel.engine.views import Key
from webapp.site import site


def write(listing: str, key: Key | None) -> str | None:
    """The text of a cursor, or None on the last page. listing names the query that it belongs to."""
    return None if key is None else str(_serializer(listing).dumps(key))


def read(listing: str, text: str | None) -> Key | None:
    """The key, or None where there is no cursor. Raises BadRequest for one that isn't ours or of another listing."""
    if not text:
        return None
    try:
        return tuple(_serializer(listing).loads(text))
    except (BadData, ValueError) as error:
        raise BadRequest(
            "This link to a further page is broken or belongs to another list. Start at its first page."
        ) from error


def _serializer(listing: str) -> URLSafeSerializer:
    """A listing's name holds what somebody typed, which may be no valid Unicode."""
    salt = b"after:" + listing.encode(errors="surrogatepass")
    return URLSafeSerializer(site.current().settings.accepted_keys, salt=salt)

"""`after` in a link: where a page ended, signed, so that nobody sends one of their own making."""

from itsdangerous import BadData, URLSafeSerializer
from werkzeug.exceptions import BadRequest

from readmodel.views import Key

from . import site

LONGEST = 1_000


def write(listing: str, key: Key | None) -> str | None:
    """The text of a cursor, or None on the last page. listing names the query that it belongs to."""
    return None if key is None else str(_signer(listing).dumps(key))


def read(listing: str, text: str | None) -> Key | None:
    """The key, or None where there is no cursor. Raises BadRequest for one that isn't ours or of another listing."""
    if not text:
        return None
    try:
        if len(text) > LONGEST:
            raise BadData("too long")
        return tuple(_signer(listing).loads(text))
    except (BadData, TypeError, ValueError) as error:
        raise BadRequest(
            "This link to a further page is broken or belongs to another list. Start at its first page."
        ) from error


def _signer(listing: str) -> URLSafeSerializer:
    return URLSafeSerializer(site.current().settings.secret_key, salt=f"after:{listing}")

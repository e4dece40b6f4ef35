"""URL converter of ids: an address with anything else in their place is no address of ours."""

from werkzeug.routing import BaseConverter


class IdConverter(BaseConverter):
    """`<id:post>`: a UUID in lower case with hyphens."""

    regex = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

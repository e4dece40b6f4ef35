"""URL converter of ids: an address with anything else in their place is no address of ours."""

from werkzeug.routing import BaseConverter


class IdConverter(BaseConverter):
    """`<id:post>`: a UUID in lower case with hyphens."""

    regex = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


class AnyCaseIdConverter(BaseConverter):
    """`<id:post>` for programs: RFC 9562 reads UUIDs in any case, and some libraries write them in upper case."""

    regex = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"

    def to_python(self, value: str) -> str:
        return value.lower()

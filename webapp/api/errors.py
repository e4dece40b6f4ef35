"""What a call can be refused with before a command or query comes of it."""

from collections.abc import Mapping
from typing import Any

from domain.errors import Refused, Stale


class Malformed(Refused):
    """The call can't be read: 400."""


class WrongMediaType(Refused):
    """The body is something else than JSON: 415."""


class TooSlow(Refused):
    """The body didn't come in time: 408."""


class Unauthorized(Refused):
    """No token, or none that holds: 401."""


class ScopeMissing(Refused):
    """The token holds, but not for this: 403."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"This token hasn't the scope {scope}. Make one that has.")
        self.scope = scope


class VersionUnsaid(Refused):
    """An edit must say which version was seen: 428."""


class StaleCase(Stale):
    """Reports or a text came to a case since the version in If-Match: 412. new_reports: as staff see them; current: the
    text as it stands, None where there is none."""

    def __init__(self, stale: Stale, new_reports: list[Any], current: Mapping[str, str] | None) -> None:
        super().__init__(stale.version, "Something new came in since the version in If-Match. Nothing was decided.")
        self.new_reports = new_reports
        self.current = current


class TooMany(Refused):
    """More calls than the limit: 429. seconds: until the next one is taken."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"That was too much at once. Send it again in {seconds} s.")
        self.seconds = seconds

"""Signed tickets: short-lived text that stands for an API token in an address, where no header can be sent."""

from itsdangerous import BadData, URLSafeTimedSerializer

from webapp.site import site


def write(token: str) -> str:
    """A ticket for the token of this id."""
    return str(_serializer().dumps(token))


def read(ticket: str, max_age_s: int) -> str | None:
    """The token's id; None for a ticket that isn't ours or is older."""
    try:
        return str(_serializer().loads(ticket, max_age=max_age_s))
    except BadData:
        return None


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(site.current().settings.accepted_keys, salt="events ticket")

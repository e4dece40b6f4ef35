"""Every event the site can store, by its permanent name."""

from . import account, comment, like, post, token, webhook
from .messages import Event

GROUPS: tuple[tuple[type[Event], ...], ...] = (
    post.EVENTS,
    comment.EVENTS,
    like.EVENTS,
    account.EVENTS,
    token.EVENTS,
    webhook.EVENTS,
)


SECRET_TYPES = frozenset(event.type for group in GROUPS for event in group if event.secret)
"""Stored names of events that no list shows: they hold hashes of passwords, digests of tokens, webhooks' addresses."""


def by_type() -> dict[str, type[Event]]:
    """Stored name → class. Two classes with one name are a mistake found at start."""
    table: dict[str, type[Event]] = {}
    for event in (event for group in GROUPS for event in group):
        if event.type in table:
            raise ValueError(f"two events are stored as {event.type}")
        table[event.type] = event
    return table

"""Every operation of the API: routes, the OpenAPI document, its page and tests are made from this table."""

from . import accounts, acts, admin, comments, events, likes, moderation, posts, tokens, webhooks
from .operations import Operation

OPERATIONS: tuple[Operation, ...] = (
    *accounts.OPERATIONS,
    *tokens.OPERATIONS,
    *posts.OPERATIONS,
    *acts.OPERATIONS,
    *comments.OPERATIONS,
    *likes.OPERATIONS,
    *moderation.OPERATIONS,
    *admin.OPERATIONS,
    *events.OPERATIONS,
    *webhooks.OPERATIONS,
)

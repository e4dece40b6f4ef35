"""The one table of what the API can do: routes, OpenAPI, docs page and tests are made from it."""

from . import accounts, comments, events, likes, moderation, operating, posts, tokens, webhooks
from .operations import Operation

OPERATIONS: tuple[Operation, ...] = (
    *accounts.OPERATIONS,
    *tokens.OPERATIONS,
    *posts.OPERATIONS,
    *comments.OPERATIONS,
    *likes.OPERATIONS,
    *moderation.OPERATIONS,
    *operating.OPERATIONS,
    *events.OPERATIONS,
    *webhooks.OPERATIONS,
)

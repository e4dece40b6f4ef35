"""Every operation of the API: routes, the OpenAPI document, its page and tests are made from this table."""

from . import acts, admin, comments, events, likes, moderation, posts, rules, webhooks
from .desk import accounts as account_files
from .desk import appeals, batches, bulk_removals, cases, decisions, log, reports, transparency
from .operations import Operation
from .people import accounts, leaving, newcomers, tokens

OPERATIONS: tuple[Operation, ...] = (
    *accounts.OPERATIONS,
    *tokens.OPERATIONS,
    *leaving.OPERATIONS,
    *posts.OPERATIONS,
    *acts.OPERATIONS,
    *comments.OPERATIONS,
    *likes.OPERATIONS,
    *reports.OPERATIONS,
    *decisions.OPERATIONS,
    *appeals.OPERATIONS,
    *cases.OPERATIONS,
    *batches.OPERATIONS,
    *account_files.OPERATIONS,
    *bulk_removals.OPERATIONS,
    *moderation.OPERATIONS,
    *log.OPERATIONS,
    *rules.OPERATIONS,
    *newcomers.OPERATIONS,
    *transparency.OPERATIONS,
    *admin.OPERATIONS,
    *events.OPERATIONS,
    *webhooks.OPERATIONS,
)

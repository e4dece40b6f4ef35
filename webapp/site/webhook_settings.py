"""What an owner does with their webhooks beside commands: shared by the settings page and the API."""

from datetime import UTC, datetime, timedelta

from domain import account, ids, signing
from domain.errors import Conflict, NotFound
from domain.messages import Receipt
from domain.webhook import Webhook
from operational import webhook_deliveries
from readmodel.engine.connections import Control

from . import database, site

OLD_SECRET = timedelta(days=1)
"""How long deliveries are signed with the secret of before as well."""


def mine(handle: str, id: str) -> Webhook:
    """The webhook as its owner's stream has it. Raises NotFound for anybody else's."""
    found = site.current().bus.aggregates().webhooks(handle).own.get(id)
    if found is None:
        raise NotFound("You have no such webhook.")
    return found


def secret(id: str, rotation: int) -> str:
    return signing.secret(site.current().settings.secret_key, id, rotation)


def secret_of(handle: str, id: str, receipt: Receipt) -> str:
    """The secret that this receipt's command brought, also where it is told again."""
    return secret(id, mine(handle, id).secret_versions.index(receipt.version))


def old_until() -> str:
    return ids.timestamp(datetime.now(UTC) + OLD_SECRET)


def tested(handle: str, id: str) -> webhook_deliveries.Delivery:
    """A test that is on its way. Raises Conflict for a webhook that is paused."""
    if _active(handle, id).paused:
        raise Conflict("It is paused. Resume it first, then test it.")
    return webhook_deliveries.add_test(control(), id, handle)


def replayed(handle: str, id: str, delivery: str) -> webhook_deliveries.Delivery:
    """The delivery, which waits. Raises Conflict where it was delivered."""
    _active(handle, id)
    if ids.is_id(delivery):
        webhook_deliveries.replay(control(), id, delivery)
    found = webhook_deliveries.find(control(), id, delivery) if ids.is_id(delivery) else None
    if found is None:
        raise NotFound("There is no such delivery; those that ended long ago are forgotten.")
    if found.state == "delivered":
        raise Conflict("It was delivered, so there is nothing to replay.")
    return found


def all_replayed(handle: str, id: str) -> int:
    _active(handle, id)
    return webhook_deliveries.replay(control(), id)


def _active(handle: str, id: str) -> Webhook:
    """The webhook of somebody in good standing."""
    account.standing(site.current().bus.aggregates().account(handle))
    return mine(handle, id)


def control() -> Control:
    return database.control()

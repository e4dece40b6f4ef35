"""What the settings pages and the API share about an owner's webhooks: look-up, test deliveries, replays, secrets.

Adding, changing and the like are commands, which both send by themselves.
"""

from contextlib import suppress
from datetime import timedelta

import msgspec

from domain import ids, signing
from domain.errors import Conflict, NotFound, Parked, Refused, Unavailable
from domain.messages import Envelope, Receipt
from domain.rights import require_active
from domain.webhook import PASSWORD_CHANGED, PauseWebhook
from domain.webhook_state import Webhook
from operational import webhook_deliveries
from operational.webhook_deliveries import Delivery
from readmodel.webhooks import WebhooksOf, WebhookView

from . import database, site

OLD_SECRET_LIFETIME = timedelta(days=1)
"""How long deliveries are signed with the secret of before as well."""


class OwnWebhook(WebhookView, frozen=True, kw_only=True):
    """waiting and dead: how many of its deliveries are."""

    waiting: int
    dead: int

    @property
    def paused(self) -> bool:
        return self.paused_at is not None


def all_of(account: str) -> list[OwnWebhook]:
    """Every webhook of an account, oldest first."""
    views: list[WebhookView] = database.ask(WebhooksOf(account=account))
    counts = webhook_deliveries.counted(database.control(), [view.id for view in views])
    return [
        OwnWebhook(
            **msgspec.structs.asdict(view),
            waiting=counts.get((view.id, "waiting"), 0),
            dead=counts.get((view.id, "dead"), 0),
        )
        for view in views
    ]


def find(account: str, id: str) -> OwnWebhook:
    """Raises NotFound for anybody else's."""
    for webhook in all_of(account):
        if webhook.id == id:
            return webhook
    raise NotFound("You have no such webhook.")


def secret(id: str, rotation: int = 0) -> str:
    return signing.secret(site.current().settings.keys.current, id, rotation)


def rotated_secret(account: str, id: str, receipt: Receipt) -> str:
    """The secret that this receipt's command brought, also where the command is repeated."""
    return secret(id, _stored(account, id).secret_versions.index(receipt.version))


def old_secret_until() -> str:
    return ids.from_now(OLD_SECRET_LIFETIME)


def count_ending_with_password(account: str) -> int:
    """How many end with this person's next password, unless they are kept; 0 where that can't be read now."""
    aggregates = site.current().bus.aggregates()
    try:
        return len(aggregates.webhooks(account).end_with_next_password(aggregates.account(account)))
    except (Unavailable, Parked):
        return 0


def pause_ended(account: str) -> None:
    """Shows those that have ended with the old password as paused.

    Nothing is sent to them in any case: what fails here is done at their next delivery.
    """
    bus = site.current().bus
    with suppress(Refused):
        aggregates = bus.aggregates()
        webhooks, owner = aggregates.webhooks(account), aggregates.account(account)
        for id in webhooks.own:
            if webhooks.ended_with_password(id, owner):
                command = PauseWebhook(handle=account, webhook=id, reason=PASSWORD_CHANGED)
                bus.send(command, Envelope(actor=account, at=ids.now()))


def test(account: str, id: str) -> Delivery:
    """Queues a test. Raises Conflict for a webhook that is paused."""
    if _of_active_account(account, id).paused:
        raise Conflict("It is paused. Resume it first, then test it.")
    return webhook_deliveries.add_test(database.control(), id, account)


def replay(account: str, id: str, delivery: str) -> Delivery:
    """Queues a dead letter again; one that waits goes on waiting. Raises Conflict where it was delivered."""
    _of_active_account(account, id)
    if ids.is_id(delivery):
        webhook_deliveries.replay(database.control(), id, delivery)
    found = webhook_deliveries.find(database.control(), id, delivery) if ids.is_id(delivery) else None
    if found is None:
        raise NotFound("There is no such delivery; those that ended long ago are forgotten.")
    if found.state == "delivered":
        raise Conflict("It was delivered, so there is nothing to replay.")
    return found


def replay_all(account: str, id: str) -> int:
    """Queues all dead letters again, and gives how many they are."""
    _of_active_account(account, id)
    return webhook_deliveries.replay(database.control(), id)


def _of_active_account(account: str, id: str) -> Webhook:
    require_active(site.current().bus.aggregates().account(account).as_of(ids.now()))
    return _stored(account, id)


def _stored(account: str, id: str) -> Webhook:
    webhook = site.current().bus.aggregates().webhooks(account).own.get(id)
    if webhook is None:
        raise NotFound("You have no such webhook.")
    return webhook

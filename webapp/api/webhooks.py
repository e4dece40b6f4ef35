"""Webhooks API: webhooks of the caller, their secrets, and their deliveries."""

from typing import Any

import msgspec

from domain import webhook
from domain.messages import Command
from operational import webhook_deliveries
from operational.idempotency import id_for
from operational.webhook_deliveries import Delivery
from webapp.site import database, webhook_settings

from . import pagination
from .operations import Call, Operation, Reply, location
from .schema import request_bodies, response_bodies
from .schema import webhook_bodies as bodies


def list_webhooks(call: Call) -> Reply:
    """Your webhooks, without their secrets."""
    return Reply(bodies.OwnWebhooks(items=[_shown(one) for one in webhook_settings.all_of(call.caller.account)]))


def show_webhook(call: Call) -> Reply:
    """One of your webhooks."""
    return Reply(_shown(webhook_settings.find(call.caller.account, call.ids["id"])))


def add_webhook(call: Call) -> Reply:
    """Add a webhook: an address to which the site sends what happens, signed, as it happens. The answer has the secret
    to check signatures with. It belongs to your token: once that has ended, nothing is sent any more."""
    caller, id = call.caller, id_for(call.caller.account, call.key)
    command = webhook.AddWebhook(handle=caller.account, webhook=id, made_by=caller.token, **_text(call.body))
    receipt = call.send(command)
    made = bodies.WebhookSecret(id=id, version=receipt.version, secret=webhook_settings.secret(id))
    return Reply(made, location(f"/webhooks/{id}"))


def change_webhook(call: Call) -> Reply:
    """Change where it is, and which events it is told. From then on it belongs to your token."""
    return _sent(call, webhook.ChangeWebhook(**_one(call), made_by=call.caller.token, **_text(call.body)))


def remove_webhook(call: Call) -> Reply:
    """Remove a webhook. Its address goes from the store for good, and what waits for it is given up."""
    return _sent(call, webhook.RemoveWebhook(**_one(call)))


def rotate_webhook_secret(call: Call) -> Reply:
    """Make a new secret. For a day deliveries are signed with the one before as well."""
    id = call.ids["id"]
    receipt = call.send(webhook.RotateWebhookSecret(**_one(call), old_until=webhook_settings.old_secret_until()))
    secret = webhook_settings.rotated_secret(call.caller.account, id, receipt)
    return Reply(bodies.WebhookSecret(id=id, version=receipt.version, secret=secret))


def pause_webhook(call: Call) -> Reply:
    """Pause a webhook. What waits for it goes on waiting; what happens meanwhile isn't kept for it."""
    return _sent(call, webhook.PauseWebhook(**_one(call)))


def resume_webhook(call: Call) -> Reply:
    """Resume a webhook."""
    return _sent(call, webhook.ResumeWebhook(**_one(call)))


def test_webhook(call: Call) -> Reply:
    """Send an event of the type WebhookTested, to try the receiver out. One at a time: the one that waits, if one
    does."""
    return Reply(_delivery(webhook_settings.test(call.caller.account, call.ids["id"])))


def list_deliveries(call: Call) -> Reply:
    """What was told to a webhook and what came of it, newest first. Delivered ones are forgotten after 7 days, dead
    letters after 30."""
    wanted: bodies.Deliveries = call.query
    id = call.ids["id"]
    webhook_settings.find(call.caller.account, id)
    after = pagination.after(call)
    found = webhook_deliveries.listed(database.control(), id, wanted.state, after, wanted.limit)
    return pagination.page(call, found, _delivery)


def replay_delivery(call: Call) -> Reply:
    """Have a dead letter tried again, from the start. One that waits goes on waiting."""
    return Reply(_delivery(webhook_settings.replay(call.caller.account, call.ids["id"], call.ids["delivery"])))


def replay_deliveries(call: Call) -> Reply:
    """Have all dead letters of a webhook tried again."""
    return Reply(bodies.WebhookReplay(replayed=webhook_settings.replay_all(call.caller.account, call.ids["id"])))


def _one(call: Call) -> dict[str, Any]:
    return {"handle": call.caller.account, "webhook": call.ids["id"]}


def _text(body: bodies.WebhookText) -> dict[str, Any]:
    return {"url": body.url, "kinds": tuple(body.kinds), "description": body.description}


def _sent(call: Call, command: Command) -> Reply:
    return Reply(response_bodies.Accepted(id=call.ids["id"], version=call.send(command).version))


def _shown(view: webhook_settings.OwnWebhook) -> bodies.OwnWebhook:
    return msgspec.convert(view, bodies.OwnWebhook, from_attributes=True)


def _delivery(row: Delivery) -> bodies.WebhookDelivery:
    return msgspec.convert(row, bodies.WebhookDelivery, from_attributes=True)


def _command(method: str, path: str, handler: Any, answer: Any = response_bodies.Accepted, **more: Any) -> Operation:
    return Operation(
        method=method, path=path, handler=handler, scope="write", reads=True, query=request_bodies.Waiting,
        answer=answer, refusals=(409,), **more,
    )  # fmt: skip


def _queued(path: str, handler: Any, answer: Any, **more: Any) -> Operation:
    return Operation(
        method="POST", path=path, handler=handler, scope="write", reads=True, answer=answer, status=202, queues=True,
        **more,
    )  # fmt: skip


OPERATIONS = (
    Operation(method="GET", path="/webhooks", handler=list_webhooks, scope="read", answer=bodies.OwnWebhooks),
    _command("POST", "/webhooks", add_webhook, bodies.WebhookSecret, body=bodies.WebhookText, status=201),
    Operation(method="GET", path="/webhooks/{id}", handler=show_webhook, scope="read", answer=bodies.OwnWebhook),
    _command("PUT", "/webhooks/{id}", change_webhook, body=bodies.WebhookText),
    _command("DELETE", "/webhooks/{id}", remove_webhook),
    _command("POST", "/webhooks/{id}/rotate", rotate_webhook_secret, bodies.WebhookSecret),
    _command("POST", "/webhooks/{id}/pause", pause_webhook),
    _command("POST", "/webhooks/{id}/resume", resume_webhook),
    _queued("/webhooks/{id}/test", test_webhook, bodies.WebhookDelivery, refusals=(409,)),
    _queued("/webhooks/{id}/replay", replay_deliveries, bodies.WebhookReplay),
    Operation(
        method="GET", path="/webhooks/{id}/deliveries", handler=list_deliveries, scope="read",
        query=bodies.Deliveries, answer=response_bodies.Page[bodies.WebhookDelivery],
    ),
    _queued("/webhooks/{id}/deliveries/{delivery}/replay", replay_delivery, bodies.WebhookDelivery, refusals=(409,)),
)  # fmt: skip

"""Webhooks API: webhooks of the caller, their secrets, and their deliveries."""

from typing import Any

import msgspec

from domain import webhook
from domain.messages import Command
from operational import webhook_deliveries
from operational.idempotency import id_for
from operational.webhook_deliveries import Delivery
from webapp.api.schema.webhook_bodies import (
    Deliveries,
    OwnWebhook,
    OwnWebhooks,
    WebhookDelivery,
    WebhookReplay,
    WebhookSecret,
    WebhookText,
)
from webapp.site import database, webhook_settings

from . import pagination
from .operations import Call, Operation, Reply, location
from .schema import request_bodies, response_bodies


def list_webhooks(call: Call) -> Reply:
    """Your webhooks, without their secrets."""
    return Reply(OwnWebhooks(items=[_shown(one) for one in webhook_settings.all_of(call.caller.handle)]))


def show_webhook(call: Call) -> Reply:
    """One of your webhooks."""
    return Reply(_shown(webhook_settings.find(call.caller.handle, call.ids["id"])))


def add_webhook(call: Call) -> Reply:
    """Add a webhook: an address to which the site sends what happens, signed, as it happens. The answer has the secret
    to check signatures with. It belongs to your token: once that has ended, nothing is sent any more."""
    id = id_for(call.caller.handle, call.key)
    caller = call.caller
    command = webhook.AddWebhook(handle=caller.handle, webhook=id, made_by=caller.token, **_text(call.body))
    receipt = call.send(command)
    made = WebhookSecret(id=id, version=receipt.version, secret=webhook_settings.secret(id))
    return Reply(made, location(f"/webhooks/{id}"))


def change_webhook(call: Call) -> Reply:
    """Change where it is, and which events it is told."""
    return _sent(call, webhook.ChangeWebhook(**_one(call), **_text(call.body)))


def remove_webhook(call: Call) -> Reply:
    """Remove a webhook. Its address goes from the store for good, and what waits for it is given up."""
    return _sent(call, webhook.RemoveWebhook(**_one(call)))


def rotate_webhook_secret(call: Call) -> Reply:
    """Make a new secret. For a day deliveries are signed with the one before as well."""
    id = call.ids["id"]
    receipt = call.send(webhook.RotateWebhookSecret(**_one(call), old_until=webhook_settings.old_secret_until()))
    secret = webhook_settings.rotated_secret(call.caller.handle, id, receipt)
    return Reply(WebhookSecret(id=id, version=receipt.version, secret=secret))


def pause_webhook(call: Call) -> Reply:
    """Pause a webhook. What waits for it goes on waiting; what happens meanwhile isn't kept for it."""
    return _sent(call, webhook.PauseWebhook(**_one(call)))


def resume_webhook(call: Call) -> Reply:
    """Resume a webhook."""
    return _sent(call, webhook.ResumeWebhook(**_one(call)))


def test_webhook(call: Call) -> Reply:
    """Send an event of the type WebhookTested, to try the receiver out. One at a time: the one that waits, if one
    does."""
    return Reply(_delivery(webhook_settings.test(call.caller.handle, call.ids["id"])))


def list_deliveries(call: Call) -> Reply:
    """What was told to a webhook and what came of it, newest first. Delivered ones are forgotten after 7 days, dead
    letters after 30."""
    wanted: Deliveries = call.query
    id = call.ids["id"]
    webhook_settings.find(call.caller.handle, id)
    listing = f"api:deliveries:{wanted.state}:{id}"
    after = pagination.after(listing, wanted.after)
    found = webhook_deliveries.listed(database.control(), id, wanted.state, after, wanted.limit)
    return pagination.page(listing, found, _delivery)


def replay_delivery(call: Call) -> Reply:
    """Have a dead letter tried again, from the start. One that waits goes on waiting."""
    return Reply(_delivery(webhook_settings.replay(call.caller.handle, call.ids["id"], call.ids["delivery"])))


def replay_deliveries(call: Call) -> Reply:
    """Have all dead letters of a webhook tried again."""
    return Reply(WebhookReplay(replayed=webhook_settings.replay_all(call.caller.handle, call.ids["id"])))


def _one(call: Call) -> dict[str, Any]:
    return {"handle": call.caller.handle, "webhook": call.ids["id"]}


def _text(body: WebhookText) -> dict[str, Any]:
    return {"url": body.url, "kinds": tuple(body.kinds), "description": body.description}


def _sent(call: Call, command: Command) -> Reply:
    return Reply(response_bodies.Accepted(id=call.ids["id"], version=call.send(command).version))


def _shown(view: webhook_settings.OwnWebhook) -> OwnWebhook:
    return msgspec.convert(view, OwnWebhook, from_attributes=True)


def _delivery(row: Delivery) -> WebhookDelivery:
    return msgspec.convert(row, WebhookDelivery, from_attributes=True)


def _command(method: str, path: str, handler: Any, **more: Any) -> Operation:
    return Operation(
        method=method, path=path, handler=handler, scope="write", reads=True, query=request_bodies.Waiting,
        **({"answer": response_bodies.Accepted} | more),
    )  # fmt: skip


OPERATIONS = (
    Operation(method="GET", path="/webhooks", handler=list_webhooks, scope="read", answer=OwnWebhooks),
    _command("POST", "/webhooks", add_webhook, body=WebhookText, answer=WebhookSecret, status=201, refusals=(409,)),
    Operation(method="GET", path="/webhooks/{id}", handler=show_webhook, scope="read", answer=OwnWebhook),
    _command("PUT", "/webhooks/{id}", change_webhook, body=WebhookText, refusals=(409,)),
    _command("DELETE", "/webhooks/{id}", remove_webhook, refusals=(409,)),
    _command("POST", "/webhooks/{id}/rotate", rotate_webhook_secret, answer=WebhookSecret, refusals=(409,)),
    _command("POST", "/webhooks/{id}/pause", pause_webhook, refusals=(409,)),
    _command("POST", "/webhooks/{id}/resume", resume_webhook, refusals=(409,)),
    Operation(
        method="POST", path="/webhooks/{id}/test", handler=test_webhook, scope="write", reads=True,
        answer=WebhookDelivery, status=202, queues=True, refusals=(409,),
    ),
    Operation(
        method="POST", path="/webhooks/{id}/replay", handler=replay_deliveries, scope="write", reads=True,
        answer=WebhookReplay, status=202, queues=True,
    ),
    Operation(
        method="GET", path="/webhooks/{id}/deliveries", handler=list_deliveries, scope="read",
        query=Deliveries, answer=response_bodies.Page[WebhookDelivery],
    ),
    Operation(
        method="POST", path="/webhooks/{id}/deliveries/{delivery}/replay", handler=replay_delivery, scope="write",
        reads=True, answer=WebhookDelivery, status=202, queues=True, refusals=(409,),
    ),
)  # fmt: skip

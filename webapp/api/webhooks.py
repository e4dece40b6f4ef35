"""Webhooks: where programs want to be told, what was told to them, and what is to be told again."""

from typing import Any

from domain.errors import NotFound
from domain.messages import Receipt
from domain.webhook import (
    AddWebhook,
    ChangeWebhook,
    PauseWebhook,
    RemoveWebhook,
    ResumeWebhook,
    RotateWebhookSecret,
)
from operational import webhook_deliveries
from operational.idempotency import id_for
from readmodel.webhooks import WebhookById, WebhooksOf, WebhookView
from webapp.api.schema.webhook_bodies import (
    Deliveries,
    OwnWebhook,
    OwnWebhooks,
    WebhookDelivery,
    WebhookReplay,
    WebhookSecret,
    WebhookText,
    delivery,
    own,
)
from webapp.site import webhook_settings
from webapp.site.database import ask
from webapp.site.webhook_settings import control

from . import pagination
from .operations import Call, Operation, Reply, location
from .schema import request_bodies, response_bodies


def list_webhooks(call: Call) -> Reply:
    """Your webhooks, without their secrets."""
    found: list[WebhookView] = ask(WebhooksOf(handle=call.caller.handle))
    counts = webhook_deliveries.counted(control(), [view.id for view in found])
    return Reply(OwnWebhooks(items=[own(view, counts) for view in found]))


def show_webhook(call: Call) -> Reply:
    """One of your webhooks."""
    found: WebhookView | None = ask(WebhookById(handle=call.caller.handle, webhook=call.ids["id"]))
    if found is None:
        raise NotFound("You have no such webhook.")
    return Reply(own(found, webhook_deliveries.counted(control(), [found.id])))


def add_webhook(call: Call) -> Reply:
    """Add a webhook: an address to which the site sends what happens, signed, as it happens. The answer has the secret
    to check signatures with."""
    wanted: WebhookText = call.body
    handle = call.caller.handle
    id = id_for(handle, call.key)
    receipt = call.send(
        AddWebhook(handle=handle, webhook=id, url=wanted.url, kinds=tuple(wanted.kinds), description=wanted.description)
    )
    made = WebhookSecret(id=id, version=receipt.version, secret=webhook_settings.secret(id, 0))
    return Reply(made, location(f"/webhooks/{id}"))


def change_webhook(call: Call) -> Reply:
    """Change where it is, and which events it is told."""
    wanted: WebhookText = call.body
    id = call.ids["id"]
    command = ChangeWebhook(
        handle=call.caller.handle,
        webhook=id,
        url=wanted.url,
        kinds=tuple(wanted.kinds),
        description=wanted.description,
    )
    return _accepted(id, call.send(command))


def remove_webhook(call: Call) -> Reply:
    """Remove a webhook. Its address goes from the store for good, and what waits for it is given up."""
    id = call.ids["id"]
    return _accepted(id, call.send(RemoveWebhook(handle=call.caller.handle, webhook=id)))


def rotate_webhook_secret(call: Call) -> Reply:
    """Make a new secret. For a day deliveries are signed with the one before as well."""
    id, handle = call.ids["id"], call.caller.handle
    receipt = call.send(RotateWebhookSecret(handle=handle, webhook=id, old_until=webhook_settings.old_until()))
    return Reply(WebhookSecret(id=id, version=receipt.version, secret=webhook_settings.secret_of(handle, id, receipt)))


def pause_webhook(call: Call) -> Reply:
    """Pause a webhook. What waits for it goes on waiting; what happens meanwhile isn't kept for it."""
    id = call.ids["id"]
    return _accepted(id, call.send(PauseWebhook(handle=call.caller.handle, webhook=id)))


def resume_webhook(call: Call) -> Reply:
    """Resume a webhook."""
    id = call.ids["id"]
    return _accepted(id, call.send(ResumeWebhook(handle=call.caller.handle, webhook=id)))


def test_webhook(call: Call) -> Reply:
    """Send an event of the type WebhookTested, to try the receiver out. One at a time: the one that waits, if one
    does."""
    return Reply(delivery(webhook_settings.tested(call.caller.handle, call.ids["id"])))


def list_deliveries(call: Call) -> Reply:
    """What was told to a webhook and what came of it, newest first. Delivered ones are forgotten after 7 days, dead
    letters after 30."""
    wanted: Deliveries = call.query
    handle, id = call.caller.handle, call.ids["id"]
    webhook_settings.mine(handle, id)
    listing = f"api:deliveries:{wanted.state}:{id}"
    after = pagination.after(listing, wanted.after)
    found = webhook_deliveries.listed(control(), id, wanted.state, after, wanted.limit)
    return pagination.page(listing, found, delivery)


def replay_delivery(call: Call) -> Reply:
    """Have a dead letter tried again, from the start. One that waits goes on waiting."""
    return Reply(delivery(webhook_settings.replayed(call.caller.handle, call.ids["id"], call.ids["delivery"])))


def replay_deliveries(call: Call) -> Reply:
    """Have all dead letters of a webhook tried again."""
    return Reply(WebhookReplay(replayed=webhook_settings.all_replayed(call.caller.handle, call.ids["id"])))


def _accepted(id: str, receipt: Receipt) -> Reply:
    return Reply(response_bodies.Accepted(id=id, version=receipt.version))


def _command(method: str, path: str, handler: Any, **more: Any) -> Operation:
    return Operation(
        method=method, path=path, handler=handler, scope="write", query=request_bodies.Waiting,
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
        method="POST", path="/webhooks/{id}/test", handler=test_webhook, scope="write",
        answer=WebhookDelivery, status=202, queues=True, refusals=(409,),
    ),
    Operation(
        method="POST", path="/webhooks/{id}/replay", handler=replay_deliveries, scope="write",
        answer=WebhookReplay, status=202, queues=True,
    ),
    Operation(
        method="GET", path="/webhooks/{id}/deliveries", handler=list_deliveries, scope="read",
        query=Deliveries, answer=response_bodies.Page[WebhookDelivery],
    ),
    Operation(
        method="POST", path="/webhooks/{id}/deliveries/{delivery}/replay", handler=replay_delivery, scope="write",
        answer=WebhookDelivery, status=202, queues=True, refusals=(409,),
    ),
)  # fmt: skip

"""Request and response bodies of the webhooks API."""

from typing import Annotated

import msgspec
from msgspec import Meta

from domain import text
from domain.webhook import KINDS, MAX_DESCRIPTION_CHARS
from operational.webhook_deliveries import State

from . import fields, request_bodies, response_bodies

Url = Annotated[
    str,
    fields.limits("link", 1, text.MAX_URL_CHARS),
    Meta(description="An http or https address, without a name or password."),
]
Kind = Annotated[str, Meta(extra_json_schema={"enum": list(KINDS)})]
Kinds = Annotated[list[Kind], Meta(max_length=len(KINDS), description="Types of events to tell; none means all.")]
Description = Annotated[
    str,
    fields.limits("line", 0, MAX_DESCRIPTION_CHARS),
    Meta(description="What it is for; its owner sees it."),
]
Status = Annotated[int, Meta(ge=100, le=999)]


class WebhookText(request_bodies.Request, frozen=True, kw_only=True):
    url: Url
    kinds: Kinds = msgspec.field(default_factory=list)
    description: Description = ""


class Deliveries(request_bodies.Request, frozen=True, kw_only=True):
    """state: only those that stand so."""

    state: State | None = None
    after: fields.Cursor | None = None
    limit: fields.Limit = 30


class OwnWebhook(response_bodies.Answer, frozen=True, kw_only=True):
    """waiting and dead count its deliveries that stand so. While paused it is told nothing."""

    id: fields.Id
    url: str
    kinds: tuple[str, ...]
    description: str
    paused: bool
    pause_reason: str | None
    added_at: fields.Moment
    rotated_at: fields.Moment | None
    waiting: fields.Count
    dead: fields.Count


class OwnWebhooks(response_bodies.Answer, frozen=True, kw_only=True):
    """All of them, oldest first; next is always null."""

    items: list[OwnWebhook]
    next: str | None = None


class WebhookSecret(response_bodies.Answer, frozen=True, kw_only=True):
    """secret is what deliveries are signed with. It is in this answer and nowhere else."""

    id: fields.Id
    version: fields.Version
    secret: str


class WebhookDelivery(response_bodies.Answer, frozen=True, kw_only=True):
    """One event for one webhook. event is the event's id; position 0 is a test. status and answer are what came of the
    last try: the receiver's, or why there was none. next_at is null once it is delivered or dead."""

    id: fields.Id
    event: str
    type: str
    position: fields.Position
    state: State
    attempts: fields.Count
    made_at: fields.Moment
    tried_at: fields.Moment | None
    next_at: fields.Moment | None
    status: Status | None
    answer: str


class WebhookReplay(response_bodies.Answer, frozen=True, kw_only=True):
    """replayed: how many dead letters are tried again."""

    replayed: fields.Count

"""Webhooks: the addresses to which an account has events sent. All of an account's are one small stream, which keeps to
their limit by itself; nobody else's commands can reach it."""

from typing import Any, ClassVar

import msgspec

from . import account, comment, like, post, site, text
from .errors import Conflict, Forbidden, NotFound, Sentence
from .ids import EventType, Id, Moment
from .messages import Command, Erasure, Event
from .moderation import bulk
from .rights import OPERATOR, Account, require_active
from .webhook_state import Webhook, Webhooks

MAX_WEBHOOKS = 10
MAX_DESCRIPTION_CHARS = 200
TOKEN_ENDED = "The token that it belonged to has ended."
PASSWORD_CHANGED = "Your password was changed. Save it with the new one first, then resume it."
_SOURCES = (*post.EVENTS, *comment.EVENTS, *like.EVENTS, *account.EVENTS, *site.EVENTS, *bulk.EVENTS)
KINDS = tuple(event.type for event in _SOURCES if not event.secret)
"""Types of events that a webhook can be sent, by their stored names."""


class AddWebhook(Command, frozen=True, kw_only=True):
    """kinds: some of KINDS; none of them means all. made_by: the token that it belongs to, "" for its owner's own."""

    regenerated: ClassVar[tuple[str, ...]] = ("webhook", "made_by")
    handle: str
    webhook: str
    url: str
    kinds: tuple[str, ...] = ()
    description: str = ""
    made_by: str = ""


class ChangeWebhook(Command, frozen=True, kw_only=True):
    """made_by: as of AddWebhook; what is changed belongs to whoever changed it last."""

    regenerated: ClassVar[tuple[str, ...]] = ("made_by",)
    handle: str
    webhook: str
    url: str
    kinds: tuple[str, ...] = ()
    description: str = ""
    made_by: str = ""


class RemoveWebhook(Command, frozen=True, kw_only=True):
    handle: str
    webhook: str


class PauseWebhook(Command, frozen=True, kw_only=True):
    """The site itself does that too, and then says why."""

    handle: str
    webhook: str
    reason: str = ""


class ResumeWebhook(Command, frozen=True, kw_only=True):
    handle: str
    webhook: str


class RotateWebhookSecret(Command, frozen=True, kw_only=True):
    """old_until: up to when deliveries are signed with the secret of before as well; as domain.ids.now writes it."""

    regenerated: ClassVar[tuple[str, ...]] = ("old_until",)
    handle: str
    webhook: str
    old_until: str


class WebhookEvent(Event, frozen=True, kw_only=True):
    """Something that happened to one webhook of an account; nobody else learns of it."""

    secret: ClassVar[bool] = True
    account: Id
    webhook: Id


class WebhookText(WebhookEvent, frozen=True, kw_only=True):
    """An event that brings what its owner chose: the address, the kinds and the description.

    made_by: the token that it belongs to from now on, "" for its owner's password, None for what it belonged to before.
    account_version: of its owner's account, when they chose this.
    """

    erasable: ClassVar[tuple[str, ...]] = ("url", "description")
    url: str
    kinds: tuple[EventType, ...]
    description: str
    made_by: Id | None = None
    account_version: int = 0


class WebhookAdded(WebhookText, frozen=True, kw_only=True):
    type: ClassVar[str] = "WebhookAdded"
    schema: ClassVar[int] = 4


class WebhookChanged(WebhookText, frozen=True, kw_only=True):
    type: ClassVar[str] = "WebhookChanged"
    schema: ClassVar[int] = 3


class WebhookPaused(WebhookEvent, frozen=True, kw_only=True):
    type: ClassVar[str] = "WebhookPaused"
    schema: ClassVar[int] = 2
    erasable: ClassVar[tuple[str, ...]] = ("reason",)
    reason: str | None = ""


class WebhookResumed(WebhookEvent, frozen=True, kw_only=True):
    type: ClassVar[str] = "WebhookResumed"
    schema: ClassVar[int] = 2


class WebhookSecretRotated(WebhookEvent, frozen=True, kw_only=True):
    type: ClassVar[str] = "WebhookSecretRotated"
    schema: ClassVar[int] = 2
    rotation: int
    old_until: Moment


class WebhookErased(Erasure, frozen=True, kw_only=True):
    """It is removed, and its addresses and descriptions are gone with it."""

    type: ClassVar[str] = "WebhookErased"
    schema: ClassVar[int] = 3
    secret: ClassVar[bool] = True
    account: Id
    webhook: Id


COMMANDS: tuple[type[Command], ...] = (
    AddWebhook, ChangeWebhook, RemoveWebhook, PauseWebhook, ResumeWebhook, RotateWebhookSecret,
)  # fmt: skip
EVENTS: tuple[type[Event], ...] = (
    WebhookAdded, WebhookChanged, WebhookPaused, WebhookResumed, WebhookSecretRotated, WebhookErased,
)  # fmt: skip


def stream(account: str) -> str:
    return f"webhooks-{account}"


def decide(webhooks: Webhooks, command: Any, by: Account, owner: Account) -> list[Event]:
    """owner has the webhooks. Somebody suspended may still pause and remove: that makes nothing possible."""
    if not isinstance(command, PauseWebhook | RemoveWebhook):
        require_active(by)
    if not by.exists:
        raise Forbidden("Log in first.")
    operators = by.id == OPERATOR and isinstance(command, PauseWebhook | RemoveWebhook)
    if by.id != owner.id and not operators:
        raise Forbidden("You can only change your own webhooks.")
    if isinstance(command, AddWebhook):
        return _add(webhooks, command, by)
    if command.webhook not in webhooks.own:
        raise NotFound("You have no such webhook.")
    return _change(webhooks, command, by, owner)


def _change(webhooks: Webhooks, command: Any, by: Account, owner: Account) -> list[Event]:
    whose, id = owner.id, command.webhook
    found, ended = webhooks.own[id], webhooks.ended_with_password(id, by)
    match command:
        case ChangeWebhook():
            wanted = _checked(command)
            same = all(getattr(found, name) == value for name, value in wanted.items())
            if same and not ended and command.made_by == webhooks.made_by.get(id, ""):
                return []
            made_by, version = command.made_by, by.version
            return [WebhookChanged(account=whose, webhook=id, made_by=made_by, account_version=version, **wanted)]
        case PauseWebhook():
            reason = text.optional_reason(command.reason)
            return [] if found.paused else [WebhookPaused(account=whose, webhook=id, reason=reason)]
        case ResumeWebhook() if ended:
            raise Conflict("It ended with the old password. Save it with the new one first, then resume it.")
        case ResumeWebhook():
            return [WebhookResumed(account=whose, webhook=id)] if found.paused else []
        case RotateWebhookSecret(old_until=until):
            return [WebhookSecretRotated(account=whose, webhook=id, rotation=found.rotation + 1, old_until=until)]
        case RemoveWebhook():
            return [WebhookErased(account=whose, webhook=id, erased=tuple(found.text_versions))]
    raise TypeError(f"{type(command).__name__} is no command of a webhook")


def _add(webhooks: Webhooks, command: AddWebhook, by: Account) -> list[Event]:
    if command.webhook in webhooks.own:
        raise Conflict("This webhook exists already.")
    if len(webhooks.own) >= MAX_WEBHOOKS:
        raise Conflict(Sentence("You have %(most)s webhooks, which is the most. Remove one first.", most=MAX_WEBHOOKS))
    made: dict[str, Any] = {"made_by": command.made_by, "account_version": by.version, **_checked(command)}
    return [WebhookAdded(account=by.id, webhook=command.webhook, **made)]


def _checked(command: AddWebhook | ChangeWebhook) -> dict[str, Any]:
    """url, kinds in their order, and description, as they are stored."""
    fields = text.Fields()
    url = fields.required("url", fields.link("url", command.url))
    if "url" not in fields.faults and (fault := text.webhook_url_fault(url)):
        fields.refuse("url", fault)
    description = fields.line("description", command.description, MAX_DESCRIPTION_CHARS)
    if not set(command.kinds) <= set(KINDS):
        fields.refuse("kinds", "Kinds must be names of public events, such as PostPublished.")
    fields.raise_faults()
    return {"url": url, "kinds": tuple(kind for kind in KINDS if kind in command.kinds), "description": description}


def evolve(webhooks: Webhooks, event: Any, _actor: str) -> None:
    """Takes in one event; the caller has raised the version to the event's own."""
    # Into mappings of its own: those before may be another state's as well.
    own, made_by, versions = dict(webhooks.own), dict(webhooks.made_by), dict(webhooks.account_versions)
    if isinstance(event, WebhookErased):
        for mapping in (own, made_by, versions):
            mapping.pop(event.webhook, None)
    else:
        found = own.get(event.webhook, Webhook())
        own[event.webhook] = msgspec.structs.replace(found, **_changes(found, webhooks.version, event))
    if isinstance(event, WebhookText) and event.made_by is not None:
        versions[event.webhook] = event.account_version
        made_by.pop(event.webhook, None)
        if event.made_by:
            made_by[event.webhook] = event.made_by
    webhooks.own, webhooks.made_by, webhooks.account_versions = own, made_by, versions


def _changes(found: Webhook, version: int, event: Any) -> dict[str, Any]:
    match event:
        case WebhookText():
            return {
                "url": event.url,
                "kinds": event.kinds,
                "description": event.description,
                "text_versions": found.text_versions.plus(version),
                "secret_versions": found.secret_versions or found.secret_versions.plus(version),
            }
        case WebhookSecretRotated():
            secrets = found.secret_versions.plus(version)
            return {"rotation": event.rotation, "old_until": event.old_until, "secret_versions": secrets}
        case WebhookPaused() if event.reason != "":
            return {"paused": True, "text_versions": found.text_versions.plus(version)}
    return {"paused": isinstance(event, WebhookPaused)}

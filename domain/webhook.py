"""Webhooks: where somebody wants to be told what happens. All of one account's are one small stream, which keeps to the
limit by itself; nobody else's commands can reach it."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

import msgspec

from . import account, comment, like, post, text
from .errors import Conflict, Forbidden, NotFound, Sentence
from .messages import Command, Erasure, Event
from .versions import Versions

MOST = 10
DESCRIPTION = 200
WELL_KNOWN_PORTS = frozenset({80, 443})
FREE_PORTS = 1024
"""From here up a receiver may listen; below it are mail and the like, to which a POST might mean something."""
_TOLD = (*post.EVENTS, *comment.EVENTS, *like.EVENTS, *account.EVENTS)
KINDS = tuple(event.type for event in _TOLD if not event.secret)
"""The events that a webhook can be told of, by their stored names."""


class AddWebhook(Command, frozen=True, kw_only=True):
    """kinds: names out of KINDS; none of them means all."""

    fresh: ClassVar[tuple[str, ...]] = ("webhook",)
    handle: str
    webhook: str
    url: str
    kinds: tuple[str, ...] = ()
    description: str = ""


class ChangeWebhook(Command, frozen=True, kw_only=True):
    handle: str
    webhook: str
    url: str
    kinds: tuple[str, ...] = ()
    description: str = ""


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

    fresh: ClassVar[tuple[str, ...]] = ("old_until",)
    handle: str
    webhook: str
    old_until: str


class WebhookAdded(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "WebhookAdded"
    secret: ClassVar[bool] = True
    erasable: ClassVar[tuple[str, ...]] = ("url", "description")
    handle: str
    webhook: str
    url: str
    kinds: tuple[str, ...]
    description: str


class WebhookChanged(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "WebhookChanged"
    secret: ClassVar[bool] = True
    erasable: ClassVar[tuple[str, ...]] = ("url", "description")
    handle: str
    webhook: str
    url: str
    kinds: tuple[str, ...]
    description: str


class WebhookPaused(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "WebhookPaused"
    secret: ClassVar[bool] = True
    handle: str
    webhook: str


class WebhookResumed(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "WebhookResumed"
    secret: ClassVar[bool] = True
    handle: str
    webhook: str


class WebhookSecretRotated(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "WebhookSecretRotated"
    secret: ClassVar[bool] = True
    handle: str
    webhook: str
    rotation: int
    old_until: str


class WebhookErased(Erasure, frozen=True, kw_only=True):
    """It is removed, and its addresses and descriptions are gone with it."""

    type: ClassVar[str] = "WebhookErased"
    secret: ClassVar[bool] = True
    handle: str
    webhook: str


EVENTS: tuple[type[Event], ...] = (
    WebhookAdded,
    WebhookChanged,
    WebhookPaused,
    WebhookResumed,
    WebhookSecretRotated,
    WebhookErased,
)


class Webhook(msgspec.Struct, frozen=True):
    """rotation counts its secrets from 0; secrets are the versions that brought each; words those with its address."""

    url: str = ""
    kinds: tuple[str, ...] = ()
    description: str = ""
    paused: bool = False
    rotation: int = 0
    old_until: str = ""
    secrets: Versions = Versions()
    words: Versions = Versions()


class Webhooks(msgspec.Struct):
    """Those of one account, by id, in the order in which they were added."""

    version: int = 0
    own: Mapping[str, Webhook] = msgspec.field(default_factory=dict)


def stream(handle: str) -> str:
    return f"webhooks-{handle}"


def tells(kinds: tuple[str, ...], kind: str) -> bool:
    """Whether a webhook of these kinds is told of an event of this one."""
    return kind in KINDS and (not kinds or kind in kinds)


def decide(webhooks: Webhooks, command: Command, by: account.Account) -> list[Event]:
    match command:
        case AddWebhook():
            return _add(webhooks, command, by)
        case ChangeWebhook():
            return _change(webhooks, command, by)
        case PauseWebhook():
            return _pause(webhooks, command, by)
        case ResumeWebhook():
            return _resume(webhooks, command, by)
        case RotateWebhookSecret():
            return _rotate(webhooks, command, by)
        case RemoveWebhook():
            return _remove(webhooks, command, by)
    raise TypeError(f"{type(command).__name__} is no command of a webhook")


def _add(webhooks: Webhooks, command: AddWebhook, by: account.Account) -> list[Event]:
    account.standing(by)
    _own(command.handle, by)
    if command.webhook in webhooks.own:
        raise Conflict("This webhook exists already.")
    if len(webhooks.own) >= MOST:
        raise Conflict(Sentence("You have %(most)s webhooks, which is the most. Remove one first.", most=MOST))
    url, kinds, description = _checked(command)
    return [WebhookAdded(handle=by.handle, webhook=command.webhook, url=url, kinds=kinds, description=description)]


def _change(webhooks: Webhooks, command: ChangeWebhook, by: account.Account) -> list[Event]:
    account.standing(by)
    found = _there(webhooks, command.handle, command.webhook, by)
    url, kinds, description = _checked(command)
    if (url, kinds, description) == (found.url, found.kinds, found.description):
        return []
    return [WebhookChanged(handle=by.handle, webhook=command.webhook, url=url, kinds=kinds, description=description)]


def _pause(webhooks: Webhooks, command: PauseWebhook, by: account.Account) -> list[Event]:
    """Somebody suspended may do it too: it makes nothing possible."""
    found = _there(webhooks, command.handle, command.webhook, by, also=account.OPERATOR)
    account.stated(command.reason, owed=False)
    return [] if found.paused else [WebhookPaused(handle=command.handle, webhook=command.webhook)]


def _resume(webhooks: Webhooks, command: ResumeWebhook, by: account.Account) -> list[Event]:
    account.standing(by)
    found = _there(webhooks, command.handle, command.webhook, by)
    return [WebhookResumed(handle=by.handle, webhook=command.webhook)] if found.paused else []


def _rotate(webhooks: Webhooks, command: RotateWebhookSecret, by: account.Account) -> list[Event]:
    account.standing(by)
    found = _there(webhooks, command.handle, command.webhook, by)
    return [
        WebhookSecretRotated(
            handle=by.handle, webhook=command.webhook, rotation=found.rotation + 1, old_until=command.old_until
        )
    ]


def _remove(webhooks: Webhooks, command: RemoveWebhook, by: account.Account) -> list[Event]:
    found = _there(webhooks, command.handle, command.webhook, by)
    return [WebhookErased(handle=by.handle, webhook=command.webhook, erased=tuple(found.words))]


def _own(handle: str, by: account.Account, also: str = "") -> None:
    if not by.exists:
        raise Forbidden("Log in first.")
    if by.handle not in (handle, also):
        raise Forbidden("You can only change your own webhooks.")


def _there(webhooks: Webhooks, handle: str, id: str, by: account.Account, also: str = "") -> Webhook:
    """also: who may do it beside its owner."""
    _own(handle, by, also)
    if id not in webhooks.own:
        raise NotFound("You have no such webhook.")
    return webhooks.own[id]


def _checked(command: AddWebhook | ChangeWebhook) -> tuple[str, tuple[str, ...], str]:
    """Address, kinds in their order, and description, as they are stored."""
    fields = text.Fields()
    url = fields.required("url", fields.link("url", command.url))
    if "url" not in fields.wrong and (fault := _fault(url)):
        fields.refuse("url", fault)
    description = fields.line("description", command.description, DESCRIPTION)
    if not set(command.kinds) <= set(KINDS):
        fields.refuse("kinds", "Kinds must be names of public events, such as PostPublished.")
    fields.check()
    return url, tuple(kind for kind in KINDS if kind in command.kinds), description


def _fault(url: str) -> str:
    """What is wrong with an address to call; "" where nothing is. Where it leads to is looked at when it is called."""
    if not url.isascii():
        return text.about("url", "%(field)s must be plain ASCII: names as xn--…, other letters as %%C3%%A9.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return text.about("url", "%(field)s has a host or a port that can't be.")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return text.about("url", "%(field)s must start with https:// or http://, and name a host.")
    if parts.username is not None or parts.password is not None:
        return text.about("url", "%(field)s can't hold a name or a password; the signature tells who calls.")
    if parts.fragment:
        return text.about("url", "%(field)s can't hold a # part: it would never be sent.")
    if port is not None and port not in WELL_KNOWN_PORTS and port < FREE_PORTS:
        return text.about("url", "%(field)s can name port 80, 443, or one from %(port)s up.", port=str(FREE_PORTS))
    return ""


def evolve(webhooks: Webhooks, event: Event, _actor: str) -> None:
    """Takes in one event; the caller has raised webhooks.version to the event's own."""
    match event:
        case WebhookAdded() | WebhookChanged():
            before = webhooks.own.get(event.webhook, Webhook())
            _put(
                webhooks,
                event.webhook,
                url=event.url,
                kinds=event.kinds,
                description=event.description,
                words=before.words.plus(webhooks.version),
                secrets=before.secrets or before.secrets.plus(webhooks.version),
            )
        case WebhookPaused() | WebhookResumed():
            _put(webhooks, event.webhook, paused=isinstance(event, WebhookPaused))
        case WebhookSecretRotated():
            secrets = webhooks.own.get(event.webhook, Webhook()).secrets.plus(webhooks.version)
            _put(webhooks, event.webhook, rotation=event.rotation, old_until=event.old_until, secrets=secrets)
        case WebhookErased():
            webhooks.own = {id: one for id, one in webhooks.own.items() if id != event.webhook}


def _put(webhooks: Webhooks, id: str, **changes: Any) -> None:
    """In a mapping of its own: the one before may be another state's as well."""
    changed = msgspec.structs.replace(webhooks.own.get(id, Webhook()), **changes)
    webhooks.own = {**webhooks.own, id: changed}

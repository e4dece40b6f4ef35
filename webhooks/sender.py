"""One attempt at one delivery: builds what the owner may see of the event now, signs it, POSTs it, saves the outcome.

Everything that decides is read from the store at that moment: the address, whether it is paused, whether its owner is
suspended or leaves, and the text, so that what was removed or erased meanwhile isn't sent.
"""

import time
from datetime import timedelta
from itertools import chain
from typing import Any

import msgspec
import structlog
from sqlalchemy import Engine

from domain import ids, signing
from domain.bus import CommandBus, operator
from domain.errors import Damaged, Parked, Refused, Unavailable
from domain.gaps import UNREADABLE
from domain.signing import SiteKeys
from domain.webhook import PASSWORD_CHANGED, TOKEN_ENDED, PauseWebhook
from domain.webhook_state import Webhook
from operational import webhook_deliveries
from operational.webhook_deliveries import MAX_ANSWER_CHARS, TEST_TYPE, Delivery
from transfer.cloudevents import DEFAULT_SOURCE, MEDIA_TYPE, TYPE_PREFIX, CloudEvent, Onlooker

from .client import CallFailed, Client, Response
from .schedule import retry_delay_s

PAUSED_RECHECK_INTERVAL = timedelta(seconds=5)
"""When a delivery comes again whose webhook is paused without the queue's knowing yet."""
EXCERPT_CHARS = 200
GONE = 410
RETRY_AFTER_STATUSES = frozenset({429, 503})

Outcome = dict[str, Any]
"""Columns of the delivery's row as the attempt leaves them."""

log = structlog.get_logger("webhooks")


class Sender:
    """Attempts deliveries, for several threads at once."""

    def __init__(
        self, bus: CommandBus, engine: Engine, client: Client, keys: SiteKeys, source: str = DEFAULT_SOURCE
    ) -> None:
        self._bus = bus
        self._engine = engine
        self._client = client
        self._keys = keys
        self._source = source

    def attempt(self, claimed: Delivery) -> None:
        """Sends a claimed delivery and saves the outcome."""
        if not webhook_deliveries.settle(self._engine, claimed, **self._outcome(claimed)):
            log.warning("the claim ran out, so it may be sent twice", webhook=claimed.webhook, delivery=claimed.id)

    def pause(self, account: str, webhook: str, why: str) -> None:
        """Pauses a webhook in the site's own name."""
        log.warning("paused", webhook=webhook, why=why)
        try:
            self._bus.send(PauseWebhook(handle=account, webhook=webhook, reason=why), operator(ids.now()))
        except Refused as refusal:
            log.warning("not paused", webhook=webhook, why=refusal.sentence)

    def _outcome(self, claimed: Delivery) -> Outcome:
        try:
            webhook = self._active_webhook(claimed)
            if webhook is None:
                return {"due_at": ids.from_now(PAUSED_RECHECK_INTERVAL)}
            response = self._post(claimed, webhook)
        except Unavailable:
            return {"due_at": ids.now()}
        except (CallFailed, Parked) as error:
            return _failed(claimed, None, str(error))
        except Damaged as error:
            return _dead(claimed, None, f"The event can't be read: {error}")
        return self._answered(claimed, response)

    def _active_webhook(self, claimed: Delivery) -> Webhook | None:
        """None where it is removed or paused, its owner isn't active, or what made it has ended; that pauses it."""
        aggregates = self._bus.aggregates()
        webhooks, owner = aggregates.webhooks(claimed.account), aggregates.account(claimed.account)
        found, token = webhooks.own.get(claimed.webhook), webhooks.made_by.get(claimed.webhook)
        if found is None or found.paused or not owner.is_active(ids.now()):
            return None
        if token is not None and not aggregates.token(token).is_valid(ids.now()):
            self.pause(claimed.account, claimed.webhook, TOKEN_ENDED)
            return None
        if webhooks.ended_with_password(claimed.webhook, owner):
            self.pause(claimed.account, claimed.webhook, PASSWORD_CHANGED)
            return None
        return found

    def _post(self, claimed: Delivery, webhook: Webhook) -> Response:
        event = self._event(claimed)
        body = msgspec.json.encode(event)
        id, timestamp = f"{claimed.webhook}_{claimed.commit_id}_{claimed.version}", int(time.time())
        headers = {
            "Content-Type": MEDIA_TYPE,
            "User-Agent": "Verbatim-Webhooks/1",
            "webhook-id": id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signing.signature(self._secrets(claimed, webhook), id, timestamp, body),
        }
        if event.traceparent:
            headers["traceparent"] = event.traceparent
        return self._client.post(webhook.url, headers, body)

    def _secrets(self, claimed: Delivery, webhook: Webhook) -> list[str]:
        """The current secret, and until old_until the one before; by each of the site's keys that counts."""
        newest, now = webhook.rotation, ids.now()
        rotations = (newest, newest - 1) if now < webhook.old_until else (newest,)
        keys = reversed(self._keys.accepted(now))
        return [signing.secret(key, claimed.webhook, rotation) for key in keys for rotation in rotations]

    def _event(self, claimed: Delivery) -> CloudEvent:
        """The same as GET /events gives its owner; roles aren't used. What was a gap may be mended by now."""
        if claimed.type == TEST_TYPE:
            return _test_event(claimed, self._bus.aggregates().called(claimed.account), self._source)
        stored = self._bus.stored(claimed.position - 1, 1)
        if claimed.type == UNREADABLE or [commit.id for commit, _ in stored] == [claimed.commit_id]:
            shown = Onlooker(self._bus, claimed.account, uses_roles=False, source=self._source).shown(stored)
            for event in chain.from_iterable(shown):
                if (event.position, event.version) == (claimed.position, claimed.version):
                    return event
        raise Damaged(f"position {claimed.position} doesn't hold what it held when it was queued")

    def _answered(self, claimed: Delivery, response: Response) -> Outcome:
        status, excerpt = response.status, _excerpt(response.text)
        if 200 <= status < 300:
            return _attempted(claimed, status, excerpt, state="delivered", due_at=ids.now())
        if status == GONE:
            # Before the outcome is saved: whoever sees the dead letter and resumes the webhook isn't paused after that.
            self.pause(claimed.account, claimed.webhook, "Its receiver answered 410 Gone.")
            return _dead(claimed, status, excerpt)
        if 300 <= status < 400:
            excerpt = f"Redirects aren’t followed. {excerpt}".strip()
        return _failed(claimed, status, excerpt, response.retry_after if status in RETRY_AFTER_STATUSES else None)


def _failed(claimed: Delivery, status: int | None, answer: str, retry_after: str | None = None) -> Outcome:
    delay = retry_delay_s(claimed.attempts + 1, retry_after)
    if delay is None:
        return _dead(claimed, status, answer)
    log.info("not delivered", webhook=claimed.webhook, delivery=claimed.id, status=status, again_in_s=round(delay))
    return _attempted(claimed, status, answer, due_at=ids.from_now(timedelta(seconds=delay)))


def _dead(claimed: Delivery, status: int | None, answer: str) -> Outcome:
    log.warning("dead letter", webhook=claimed.webhook, delivery=claimed.id, status=status)
    return _attempted(claimed, status, answer, state="dead", due_at=ids.now())


def _attempted(claimed: Delivery, status: int | None, answer: str, **columns: Any) -> Outcome:
    counted = {"attempts": claimed.attempts + 1, "tried_at": ids.now(), "status": status}
    return {**counted, "answer": answer[:MAX_ANSWER_CHARS], **columns}


def _test_event(claimed: Delivery, handle: str, source: str) -> CloudEvent:
    """At position 0, since it is nothing that happened on the site."""
    return CloudEvent(
        id=claimed.event, source=source, type=TYPE_PREFIX + TEST_TYPE, subject=f"webhook-{claimed.webhook}",
        time=claimed.made_at, position=0,
        version=claimed.version, actor=handle, reason=None, data={"webhook": claimed.webhook},
    )  # fmt: skip


def _excerpt(text: str) -> str:
    """The beginning of a response, on one line, without what can't be shown."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(shown.split())[:EXCERPT_CHARS]

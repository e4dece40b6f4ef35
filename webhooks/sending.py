"""One try at one delivery: what the owner may see of the event now, signed, sent; and what comes of it.

Everything that decides is read from the store at that moment: the address, whether it is paused, whether its owner is
suspended, and the words, so that what was removed or erased meanwhile isn't told.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import structlog
from sqlalchemy import Engine

from domain import ids, signing
from domain.bus import CommandBus, operator
from domain.errors import Damaged, Parked, Refused, Unavailable
from domain.gaps import UNREADABLE
from domain.webhook import PauseWebhook, Webhook
from operational import webhook_deliveries
from operational.webhook_deliveries import ANSWER, TEST, Delivery
from transfer.cloudevents import MEDIA_TYPE, CloudEvent, Onlooker

from .calling import Answer, Caller
from .refusals import CutOff, NotCalled
from .schedule import delay_s

HELD_S = 5.0
"""A delivery whose webhook is paused, unknown to the queue yet, is looked at again so late."""
EXCERPT = 200
GONE = 410
HEARD = frozenset({429, 503})
"""Statuses whose Retry-After counts."""

log = structlog.get_logger("webhooks")


class Sender:
    """Tries deliveries, for several threads at once."""

    def __init__(self, bus: CommandBus, engine: Engine, caller: Caller, site_key: str) -> None:
        self._bus = bus
        self._engine = engine
        self._caller = caller
        self._site_key = site_key

    def attempt(self, claimed: Delivery) -> None:
        """Sends a claimed delivery and writes down what came of it."""
        try:
            webhook = self._webhook(claimed)
            if webhook is None:
                self._settle(claimed, due_at=_in(HELD_S))
                return
            answer = self._send(claimed, webhook)
        except (CutOff, Unavailable):
            self._settle(claimed, due_at=ids.now())
        except (NotCalled, Parked) as error:
            self._failed(claimed, None, str(error))
        except Damaged as error:
            self._dead(claimed, None, f"The event can't be read: {error}")
        else:
            self._answered(claimed, answer)

    def pause(self, handle: str, webhook: str, why: str) -> None:
        """In the site's own name."""
        log.warning("paused", webhook=webhook, why=why)
        try:
            self._bus.send(PauseWebhook(handle=handle, webhook=webhook, reason=why), operator(ids.now()))
        except Refused as refusal:
            log.warning("not paused", webhook=webhook, why=refusal.sentence)

    def _webhook(self, claimed: Delivery) -> Webhook | None:
        """The webhook, if it is to be told now."""
        aggregates = self._bus.aggregates()
        found = aggregates.webhooks(claimed.handle).own.get(claimed.webhook)
        held = found is None or found.paused or aggregates.account(claimed.handle).suspended
        return None if held else found

    def _send(self, claimed: Delivery, webhook: Webhook) -> Answer:
        body = msgspec.json.encode(self._event(claimed))
        id, timestamp = f"{claimed.webhook}_{claimed.commit_id}_{claimed.version}", int(time.time())
        headers = {
            "Content-Type": MEDIA_TYPE,
            "User-Agent": "Verbatim-Webhooks/1",
            "webhook-id": id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signing.signature(self._secrets(claimed, webhook), id, timestamp, body),
        }
        return self._caller.post(webhook.url, headers, body)

    def _secrets(self, claimed: Delivery, webhook: Webhook) -> list[str]:
        """Today's secret, and for a while the one before."""
        newest = webhook.rotation
        both = newest > 0 and ids.now() < webhook.old_until
        rotations = (newest, newest - 1) if both else (newest,)
        return [signing.secret(self._site_key, claimed.webhook, rotation) for rotation in rotations]

    def _event(self, claimed: Delivery) -> CloudEvent:
        """The same as GET /events gives its owner; roles aren't used. What was a gap may be mended by now."""
        if claimed.position == 0:
            return _test(claimed)
        stored = self._bus.stored(claimed.position - 1, 1)
        same = claimed.type == UNREADABLE or [commit.id for commit, _ in stored] == [claimed.commit_id]
        found = Onlooker(self._bus, claimed.handle, uses_roles=False).shown(stored) if same else []
        for event in (event for shown in found for event in shown):
            if (event.position, event.version) == (claimed.position, claimed.version):
                return event
        raise Damaged(f"position {claimed.position} doesn't hold what it held when it was looked at")

    def _answered(self, claimed: Delivery, answer: Answer) -> None:
        said = _excerpt(answer.text)
        if 200 <= answer.status < 300:
            now = ids.now()
            self._settle(
                claimed, state="delivered", attempts=claimed.attempts + 1, due_at=now, tried_at=now,
                status=answer.status, answer=said,
            )  # fmt: skip
            return
        if answer.status == GONE:
            # In this order: whoever sees the dead letter and resumes the webhook isn't paused after that.
            self.pause(claimed.handle, claimed.webhook, "Its receiver answered 410 Gone.")
            self._dead(claimed, GONE, said)
            return
        if 300 <= answer.status < 400:
            said = f"Redirects aren’t followed. {said}".strip()
        self._failed(claimed, answer.status, said, answer.retry_after if answer.status in HEARD else None)

    def _failed(self, claimed: Delivery, status: int | None, said: str, retry_after: str | None = None) -> None:
        delay = delay_s(claimed.attempts + 1, retry_after)
        if delay is None:
            self._dead(claimed, status, said)
            return
        log.info("not delivered", webhook=claimed.webhook, delivery=claimed.id, status=status, again_in_s=round(delay))
        self._tried(claimed, status, said, due_at=_in(delay))

    def _dead(self, claimed: Delivery, status: int | None, said: str) -> None:
        log.warning("dead letter", webhook=claimed.webhook, delivery=claimed.id, status=status)
        self._tried(claimed, status, said, state="dead", due_at=ids.now())

    def _tried(self, claimed: Delivery, status: int | None, said: str, **values: Any) -> None:
        self._settle(
            claimed, attempts=claimed.attempts + 1, tried_at=ids.now(), status=status, answer=said[:ANSWER], **values
        )

    def _settle(self, claimed: Delivery, **values: Any) -> None:
        if not webhook_deliveries.settle(self._engine, claimed, **values):
            log.warning("the claim ran out, so it may be sent twice", webhook=claimed.webhook, delivery=claimed.id)


def _test(claimed: Delivery) -> CloudEvent:
    """What a test tells: position 0, since it is nothing that happened on the site."""
    return CloudEvent(
        id=f"{claimed.commit_id}:{claimed.version}",
        type=TEST,
        subject=f"webhook-{claimed.webhook}",
        time=claimed.made_at,
        position=0,
        version=claimed.version,
        actor=claimed.handle,
        reason=None,
        data={"webhook": claimed.webhook},
    )


def _in(seconds: float) -> str:
    return ids.timestamp(datetime.now(UTC) + timedelta(seconds=seconds))


def _excerpt(text: str) -> str:
    """The beginning of an answer, on one line, without what can't be shown."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(shown.split())[:EXCERPT]

"""How a delivery shows that it comes from here: HMAC-SHA256, by the conventions of Standard Webhooks.

A webhook's secret is stored nowhere. It is derived from the site's key, the webhook's id and how often its owner has
rotated it, so that whoever copies the store can sign nothing. https://www.standardwebhooks.com
"""

import base64
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time

import msgspec

from .ids import to_iso_utc

PREFIX = "whsec_"


class OldKey(msgspec.Struct, frozen=True):
    """A key of before, and the last moment at which it counts: ISO 8601 UTC, as domain.ids.now writes it."""

    key: str
    until: str


class SiteKeys(msgspec.Struct, frozen=True):
    """The site's key, by which everything new is signed, and those of before, which are accepted for a while."""

    current: str
    old: tuple[OldKey, ...] = ()

    @property
    def every(self) -> tuple[str, ...]:
        """The current one first, then those of before, whether they still count or not."""
        return (self.current, *(one.key for one in self.old))

    def accepted(self, now: str) -> list[str]:
        """The current one last, as itsdangerous and Flask want them."""
        return [*self.still_accepted(now), self.current]

    def still_accepted(self, now: str) -> list[str]:
        """Those of before that still count."""
        return [one.key for one in self.old if now <= one.until]


def old_keys(said: str) -> tuple[OldKey, ...]:
    """From "2026-12-31:KEY,2027-01-31:KEY"; each counts to the end of its day, in UTC. Raises ValueError."""
    found: list[OldKey] = []
    for entry in filter(None, re.split(r",(?=\d{4}-\d\d-\d\d:)", said)):
        day, _, key = entry.partition(":")
        end = datetime.combine(date.fromisoformat(day), time.max, UTC)
        if not key:
            raise ValueError(f"no key for {day}")
        found.append(OldKey(key, to_iso_utc(end)))
    return tuple(found)


def secret(site_key: str, webhook: str, rotation: int) -> str:
    """ "whsec_" and 32 bytes as base64: what receivers are told."""
    said = f"webhook secret\0{webhook}\0{rotation}".encode()
    return PREFIX + base64.b64encode(hmac.digest(site_key.encode(), said, "sha256")).decode()


def signature(secrets: Sequence[str], id: str, timestamp: int, body: bytes) -> str:
    """The value of webhook-signature: one part for each secret, with blanks between. timestamp: Unix seconds."""
    signed = f"{id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_mac(one, signed)}" for one in secrets)


def _mac(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()

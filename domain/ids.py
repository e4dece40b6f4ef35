"""Ids and times as the whole site writes them. Only senders of commands call these, never a decision."""

import hashlib
import os
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec


class Sealed(msgspec.Struct, frozen=True):
    """Marks the type of a field that the hash chain seals, so that no erasure reaches it. kind: what it holds, which is
    nothing that a person typed."""

    kind: str


Id = Annotated[str, Sealed("id")]
"""Made by the site, or "" for none."""
StreamName = Annotated[str, Sealed("stream")]
Digest = Annotated[str, Sealed("digest")]
"""Hex sha256."""
Moment = Annotated[str, Sealed("moment")]
"""As to_iso_utc writes it."""
EventType = Annotated[str, Sealed("event type")]
"""The stored name of an event."""
Trace = Annotated[str, Sealed("trace")]
"""A request's id, or a W3C traceparent: both are checked against a pattern."""
LENGTH = 36
"""Characters of an id."""
_MADE_BY_MACHINE = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}\Z")
_CANONICAL = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


def uuid7(milliseconds: int | None = None, random: bytes | None = None) -> str:
    """A UUID version 7 (RFC 9562) as text: 48 bits of Unix milliseconds, then 10 random bytes."""
    when = time.time_ns() // 1_000_000 if milliseconds is None else milliseconds
    rest = int.from_bytes(os.urandom(10) if random is None else random, "big")
    version, variant, node = 0x7000 | rest >> 64 & 0x0FFF, 0x8000 | rest >> 48 & 0x3FFF, rest & 0xFFFF_FFFF_FFFF
    return f"{when >> 16:08x}-{when & 0xFFFF:04x}-{version:04x}-{variant:04x}-{node:012x}"


def made_at(id: str) -> str:
    """When a version 7 UUID was made, to the millisecond, as to_iso_utc writes it."""
    return to_iso_utc(datetime.fromtimestamp(int(id[:8] + id[9:13], 16) / 1000, UTC))


def is_id(text: str) -> bool:
    """Whether text is a UUID exactly as we write them: lower case, with hyphens."""
    return _CANONICAL.match(text) is not None


def sealable(trace: str) -> str:
    """A request's id as it may be sealed: as it is where it is a UUID or as many hex digits, else its sha256: a client
    may send any words as the id of its request."""
    return trace if _MADE_BY_MACHINE.match(trace) else hashlib.sha256(trace.encode(errors="replace")).hexdigest()


def now() -> str:
    """The time now, as to_iso_utc writes it."""
    return to_iso_utc(datetime.now(UTC))


def from_now(delta: timedelta) -> str:
    """The time so much later than now, or earlier where it is negative."""
    return to_iso_utc(datetime.now(UTC) + delta)


def to_iso_utc(moment: datetime) -> str:
    """An aware datetime as the site stores it: ISO 8601, UTC, microseconds, 27 characters that sort as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def parse_moment(typed: str) -> str | None:
    """ISO 8601 with a time zone or an offset, as to_iso_utc writes it; None for anything else."""
    try:
        moment = datetime.fromisoformat(typed)
        return None if moment.tzinfo is None else to_iso_utc(moment)
    except (ValueError, OverflowError):
        return None

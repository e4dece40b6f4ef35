"""Parses the dates in files of other sites, and makes ids of them."""

import hashlib
import re
from datetime import UTC, datetime, timedelta, tzinfo

from domain import ids

from .progress import BadRow

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
_UTC = re.compile(r"\s*(?:UTC|GMT)\Z")
_DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?:,?\s+([0-9]{1,2})(:.*))?")
"""dd.mm.yyyy, with a time behind it or without."""
_SLASHED = re.compile(r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}\b")


def read(text: str, zone: tzinfo | None, now: datetime) -> datetime:
    """The moment in UTC. zone: of dates that name none. Raises BadRow for what can't have been."""
    text = text.strip()
    if _SLASHED.match(text):
        raise BadRow("its date doesn't tell day from month; 2026-02-01 or 01.02.2026 would")
    try:
        moment = datetime.fromisoformat(_as_iso(_UTC.sub("+00:00", text)))
        if moment.tzinfo is None and zone is None:
            raise BadRow("its date has no time zone; --timezone says which is meant")
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadRow("its date isn't ISO 8601") from None
    if moment < EPOCH:
        raise BadRow("its date is before 1970")
    if moment > now:
        raise BadRow("its date is in the future")
    return moment


def _as_iso(text: str) -> str:
    dotted = _DOTTED.fullmatch(text)
    if dotted is None:
        return text
    day, month, year, hour, rest = dotted.groups()
    return f"{year}-{month:0>2}-{day:0>2}" + (f"T{hour:0>2}{rest}" if hour else "")


def id_of(name: str, moment: datetime) -> str:
    """A UUID that the same name and moment have at every run, and that sorts by time as all others do."""
    random = hashlib.sha256(name.encode(errors="replace")).digest()[:10]
    return ids.uuid7((moment - EPOCH) // MILLISECOND, random)

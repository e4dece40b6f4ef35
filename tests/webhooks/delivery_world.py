"""What a receiver gets, and when something is due."""

from datetime import UTC, datetime, timedelta

from domain import ids


def in_seconds(seconds: float) -> str:
    return ids.to_iso_utc(datetime.now(UTC) + timedelta(seconds=seconds))

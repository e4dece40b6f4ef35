"""Ids that follow from an Idempotency-Key, for what a repeat must find again."""

import hashlib

from domain.ids import uuid7


def id_for(handle: str, key: str | None) -> str:
    """The same id for the same key of the same person, a new one without a key."""
    if key is None:
        return uuid7()
    digits = hashlib.sha256(f"{handle}:{key}".encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"

"""Ids for people in tests: the same for the same handle, so that a story can name them before they register."""

import hashlib

from domain.ids import uuid7


def id_of(handle: str) -> str:
    """The account id of whoever is called so."""
    return uuid7(milliseconds=1_761_000_000_000, random=hashlib.sha256(handle.encode()).digest()[:10])

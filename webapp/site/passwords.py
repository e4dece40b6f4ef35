"""Passwords as argon2 hashes. A hash takes 64 MiB and some 80 ms, so few are made at once."""

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.errors import Invalid, Sentence
from domain.text import MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS, too_long

MAX_CONCURRENT_HASHES = 2
_hash_slots = threading.BoundedSemaphore(MAX_CONCURRENT_HASHES)
_hasher = PasswordHasher()


def use_hasher(hasher: PasswordHasher) -> None:
    """Hashes with other costs from now on. Stored hashes hold the costs that they were made with."""
    global _hasher
    _hasher = hasher
    _dummy_hash.cache_clear()


def hashed(password: str) -> str:
    """An argon2 hash. Raises Invalid for a password that is too short or too long."""
    if wrong := fault(password):
        raise Invalid({"password": wrong})
    with _hash_slots:
        return _hasher.hash(_bytes(password))


def fault(password: str) -> str:
    """What is wrong with a new password, "" if nothing is."""
    if len(password) < MIN_PASSWORD_CHARS:
        return Sentence("Password must have at least %(least)s characters.", least=MIN_PASSWORD_CHARS)
    if len(password) > MAX_PASSWORD_CHARS:
        return too_long("password", len(password), MAX_PASSWORD_CHARS)
    return ""


def matches(password_hash: str, password: str) -> bool:
    """Whether this is the password. Takes as long for an account without one ("")."""
    if len(password) > MAX_PASSWORD_CHARS:
        return False
    try:
        with _hash_slots:
            _hasher.verify(password_hash or _dummy_hash(), _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash != ""


@cache
def _dummy_hash() -> str:
    """Compared with where there is no account, so that the time doesn't tell whether there is one."""
    return _hasher.hash(b"nobody's password")


def _bytes(password: str) -> bytes:
    return password.encode(errors="surrogatepass")

"""Passwords as argon2 hashes. A hash takes 64 MiB and some 80 ms, so few are made at once."""

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.errors import Invalid, Sentence
from domain.text import MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS, too_long

AT_ONCE = 2
_turn = threading.BoundedSemaphore(AT_ONCE)
_hasher = PasswordHasher()


def use_hasher(hasher: PasswordHasher) -> None:
    """Hashes with other costs from now on: stored hashes tell their own."""
    global _hasher
    _hasher = hasher
    _nobodys.cache_clear()


def hashed(password: str) -> str:
    """An argon2 hash. Raises Invalid for a password that is too short or too long."""
    if wrong := fault(password):
        raise Invalid({"password": wrong})
    with _turn:
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
        with _turn:
            _hasher.verify(password_hash or _nobodys(), _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash != ""


@cache
def _nobodys() -> str:
    """What is compared where there is no account, so that time doesn't tell."""
    return _hasher.hash(b"nobody's password")


def _bytes(password: str) -> bytes:
    return password.encode(errors="surrogatepass")

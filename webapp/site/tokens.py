"""Secrets of tokens: made, hashed for the store, and given again to a repeat of the request that made them."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta

import msgspec

from domain import ids
from domain.errors import KeyReused
from domain.messages import Receipt
from domain.token import IssueToken, Token

from . import site

SECRET_CHARS = 43


class MadeToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token with its secret, which is shown this once. text: what a program sends; state: as its stream has it."""

    id: str
    text: str
    state: Token


def secret_digest(secret: str) -> str:
    """The hash of a secret that is stored. A secret has 256 random bits, so that a fast hash is enough."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def new_secret(token: str, password: str, key: str | None) -> str:
    """A new secret; with an Idempotency-Key it is derived by the site's current key."""
    if key is None:
        return secrets.token_urlsafe(32)
    return _derived(site.current().settings.keys.current, token, password, key)


def _derived(site_key: str, token: str, password: str, key: str) -> str:
    """A secret from one of the site's keys and the password, which nobody keeps: a repeat can then be answered as
    the first time, and what is stored gives it away no more than a random one."""
    said = "\0".join((token, key, password)).encode(errors="surrogatepass")
    mac = hmac.digest(site_key.encode(), b"token secret\0" + said, "sha256")
    return msgspec.json.encode(mac).decode().strip('"=').replace("+", "-").replace("/", "_")


def issue(id: str, secret: str, account: str, *, scopes: Sequence[str], expires_in: int, label: str) -> IssueToken:
    """The command that makes a token. expires_in: seconds from now."""
    return IssueToken(
        token=id,
        handle=account,
        digest=secret_digest(secret),
        scopes=tuple(scopes),
        expires_in=expires_in,
        expires_at=ids.from_now(timedelta(seconds=expires_in)),
        label=label,
    )


def made(receipt: Receipt, secret: str, password: str, key: str | None) -> MadeToken:
    """The token as its own stream has it, so that a repeat gets the same. Raises KeyReused where the password isn't
    the one of the first time: the secret can't be derived again then."""
    id = receipt.subject
    token = site.current().bus.aggregates().token(id)
    if receipt.repeated and key is not None:
        again = [_derived(one, id, password, key) for one in site.current().settings.accepted_keys]
        secret = next((one for one in again if secret_digest(one) == token.digest), "")
    if secret_digest(secret) != token.digest:
        raise KeyReused("This token was asked for before with another password. Ask for a new one.")
    return MadeToken(id=id, text=f"{id}.{secret}", state=token)

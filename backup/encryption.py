"""Encryption of backup files in the age format (age-encryption.org), by pyrage.

A key file is what age-keygen writes: lines that begin with # are remarks, one line is the identity. To write backups a
recipient ("age1…") is enough, so that the machine which makes them can't read them.
"""

from pathlib import Path

import pyrage
from pyrage import x25519

from domain.errors import Refused


class BadKey(Refused):
    """The key file isn't one, or isn't the one for this backup."""


class Key:
    """From a key file. Encrypts always; decrypts where the file holds an identity."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity: x25519.Identity | None = None
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise BadKey(f"The key file {path} can't be read: {error}.") from error
        keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        if len(keys) != 1:
            raise BadKey(f"The key file {path} has {len(keys)} keys, and has to have one. {MAKE_ONE}")
        try:
            if keys[0].startswith("age1"):
                self._recipient = x25519.Recipient.from_str(keys[0])
            else:
                self._identity = x25519.Identity.from_str(keys[0])
                self._recipient = self._identity.to_public()
        except (pyrage.IdentityError, pyrage.RecipientError) as error:
            raise BadKey(f"The key file {path} holds no key of age: {error}. {MAKE_ONE}") from error

    @property
    def recipient(self) -> str:
        return str(self._recipient)

    def encrypted(self, content: bytes) -> bytes:
        encrypted: bytes = pyrage.encrypt(content, [self._recipient])
        return encrypted

    def decrypted(self, content: bytes, name: str) -> bytes:
        """Raises BadKey where another key is needed. name: of the file, for the sentence."""
        if self._identity is None:
            raise BadKey(f"{self._path} holds a recipient, which can only encrypt. Give the file with the identity.")
        try:
            decrypted: bytes = pyrage.decrypt(content, [self._identity])
        except pyrage.DecryptError as error:
            raise BadKey(f"{name} was encrypted for another key than that in {self._path}.") from error
        return decrypted


MAKE_ONE = "`age-keygen -o FILE` makes one; Debian's package is called age."

"""What the events of an account's webhooks add up to, and when one of them has ended with its owner's password."""

from collections.abc import Mapping

import msgspec

from .rights import Account
from .versions import Versions


class Webhook(msgspec.Struct, frozen=True):
    """rotation counts its secrets from 0; secret_versions brought each of them, text_versions its texts."""

    url: str = ""
    kinds: tuple[str, ...] = ()
    description: str = ""
    paused: bool = False
    rotation: int = 0
    old_until: str = ""
    secret_versions: Versions = Versions()
    text_versions: Versions = Versions()


class Webhooks(msgspec.Struct):
    """Those of one account, by id, in the order in which they were added.

    made_by: the tokens that some belong to. account_versions: of the account, when each was last added or changed.
    """

    version: int = 0
    own: Mapping[str, Webhook] = msgspec.field(default_factory=dict)
    made_by: Mapping[str, str] = msgspec.field(default_factory=dict)
    account_versions: Mapping[str, int] = msgspec.field(default_factory=dict)

    def ended_with_password(self, webhook: str, owner: Account) -> bool:
        """Whether it was made on a page and the password has changed since; never what a token made."""
        return webhook not in self.made_by and self.account_versions.get(webhook, 0) < owner.webhooks_since

    def end_with_next_password(self, owner: Account) -> list[str]:
        """Those that belong to the password that their owner has now."""
        return [id for id in self.own if id not in self.made_by and not self.ended_with_password(id, owner)]

"""Registers the authors of what is imported: accounts without a password, never somebody's who registered here."""

from collections.abc import Iterable
from datetime import datetime

from domain import ids
from domain.account import RegisterAccount
from domain.aggregates import Aggregates
from domain.bus import CommandBus
from domain.errors import HandleTaken, KeyReused, Refused, Unavailable
from domain.handle import is_placeholder
from domain.ids import is_id
from domain.messages import Envelope, Receipt
from domain.text import handle_key

from .progress import BadRow


class Authors:
    """Each is registered at first sight, at the time of their first row."""

    def __init__(self, bus: CommandBus) -> None:
        self._bus = bus
        self._known: dict[str, str | BadRow] = {}

    def register(self, seen: Iterable[tuple[str, datetime]]) -> None:
        fresh: dict[str, datetime] = {}
        for author, moment in seen:
            if author not in self._known:
                fresh.setdefault(author, moment)
        outcomes = self._bus.send_batch([_registration(author, moment) for author, moment in fresh.items()])
        aggregates = self._bus.aggregates()
        for author, outcome in zip(fresh, outcomes, strict=True):
            self._known[author] = _account_or_fault(handle_key(author), outcome, aggregates)

    def account(self, author: str) -> str:
        """The id of their account. Raises BadRow where nobody may write in this name."""
        found = self._known[author]
        if isinstance(found, BadRow):
            raise found
        return found


def _registration(author: str, moment: datetime) -> tuple[RegisterAccount, Envelope]:
    handle = handle_key(author)
    envelope = Envelope(actor=handle, at=ids.to_iso_utc(moment), command_id="import")
    return RegisterAccount(handle=handle, name=author), envelope


def _account_or_fault(handle: str, outcome: Receipt | Refused, aggregates: Aggregates) -> str | BadRow:
    """The account's id, where this or an earlier import registered it: such an account has no password.

    KeyReused means an earlier one did, with the name in other letters. A person's own account is never
    spoken for.
    """
    if isinstance(outcome, Unavailable):
        raise outcome
    if is_placeholder(handle) or is_id(handle):
        said = "stands for an account without a handle" if is_placeholder(handle) else "is written like an id"
        return BadRow(f"@{handle} {said}; nobody may have it, or post in its name")
    if isinstance(outcome, Refused) and not isinstance(outcome, HandleTaken | KeyReused):
        return BadRow(outcome.sentence)
    account = outcome.subject if isinstance(outcome, Receipt) else aggregates.holder(handle) or ""
    if isinstance(outcome, HandleTaken) or aggregates.account(account).password_hash:
        return BadRow(f"@{handle} belongs to somebody who registered it here; nobody may post in their name")
    return account

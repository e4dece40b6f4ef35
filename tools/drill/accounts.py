"""Looks up the accounts of whom the ledgers name: people know their handles, the store goes by ids."""

from collections.abc import Callable, Iterable

import msgspec

from domain.commit import Commit
from domain.handle import claim
from domain.ports import EventStore

from .ledger import Intent, Ledgers


def by_commits(ledgers: Ledgers, commits: Iterable[Commit]) -> Ledgers:
    """The ledgers as if everybody knew their id, by what these commits claim."""
    holders = {commit.claim: commit.actor for commit in commits if commit.claim}
    return _by_ids(ledgers, lambda handle: holders.get(claim(handle)))


def by_store(ledgers: Ledgers, store: EventStore) -> Ledgers:
    """The same by the store's own look-up, which finds what has no position yet, too."""

    def holder(handle: str) -> str | None:
        found = store.find_claim(claim(handle))
        return found.actor if found else None

    return _by_ids(ledgers, holder)


def _by_ids(ledgers: Ledgers, holder: Callable[[str], str | None]) -> Ledgers:
    accounts = {handle: holder(handle) for handle in {intent.actor for intent in ledgers.intents}}
    intents = [_by_id(intent, accounts[intent.actor]) for intent in ledgers.intents]
    return msgspec.structs.replace(ledgers, intents=intents)


def _by_id(intent: Intent, account: str | None) -> Intent:
    """As it is where nobody has the handle: what was accepted of it is lost."""
    if account is None:
        return intent
    suffix = f"-{intent.actor}"
    stream = f"{intent.stream.removesuffix(suffix)}-{account}" if intent.stream.endswith(suffix) else intent.stream
    return msgspec.structs.replace(intent, actor=account, stream=stream)

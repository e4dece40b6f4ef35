"""What of a commit stands in a takeout: all but what a thief of the file could use, and words that others wrote."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from domain.commit import Commit, StoredEvent
from domain.events import by_type
from domain.messages import Event

REVIEWED: Mapping[str, tuple[str, ...]] = {
    "PasswordSet": ("password_hash",),
    "TokenIssued": ("digest",),
    **dict.fromkeys(("TokenRevoked", "WebhookPaused", "WebhookResumed", "WebhookSecretRotated", "WebhookErased"), ()),
    # Their addresses are their owner's words, and stand in the settings; secrets are stored nowhere.
    **dict.fromkeys(("WebhookAdded", "WebhookChanged"), ()),
}
"""Secret event → fields that are left out. A secret event that doesn't stand here is left out whole."""
_EVIDENCE = ("skeletons",)
_TYPES: Mapping[str, type[Event]] = by_type()


def own_commit(commit: Commit) -> dict[str, Any]:
    """A commit of the person's own, as an export has it; of an event with something left out the salt is, too."""
    return _document(commit, secrets)


def act_on_others(commit: Commit) -> dict[str, Any]:
    """A commit of theirs in somebody else's stream: what they did and why, without the words that it was done to."""
    return _document(commit, lambda event: (*secrets(event), *_TYPES[event.type].erasable))


def decision(commit: Commit) -> list[dict[str, Any]]:
    """What somebody else did in a stream of this person's: each event with its data, as far as it says something."""
    return [{"type": event.type, "data": _data(event, (*secrets(event), *_EVIDENCE))} for event in commit.events]


def secrets(event: StoredEvent) -> tuple[str, ...]:
    """The fields of an event that are left out of every takeout."""
    known = _TYPES[event.type]
    return REVIEWED.get(event.type, known.__struct_fields__) if known.secret else ()


def _document(commit: Commit, withheld_of: Callable[[StoredEvent], tuple[str, ...]]) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(commit))
    for event, stored in zip(found["events"], commit.events, strict=True):
        if left_out := sorted(event["data"].keys() & set(withheld_of(stored))):
            event["data"] = {name: value for name, value in event["data"].items() if name not in left_out}
            event["withheld"] = left_out
            # With its salt, whoever guesses what is left out could check it by the digest.
            event.pop("salt", None)
    return found


def _data(event: StoredEvent, withheld: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in msgspec.json.decode(event.data).items() if name not in withheld}

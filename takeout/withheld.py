"""What of a commit stands in a takeout: all but what a thief of the file could use, and words that others wrote."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from domain.catalogue import by_type
from domain.commit import Commit, StoredEvent
from domain.messages import Event

REVIEWED: Mapping[str, tuple[str, ...]] = {
    "PasswordSet": ("password_hash",),
    "TokenIssued": ("digest",),
    # What its owner is and was called, with the claim beside it.
    **dict.fromkeys(("HandleClaimed", "FormerHandleErased", "LeavingBegun", "LeavingTakenBack"), ()),
    # Of a handle that they left: nobody takes one out afterwards.
    "HandleErased": ("reserved",),
    **dict.fromkeys(
        ("TokenRevoked", "TokenErased", "WebhookPaused", "WebhookResumed", "WebhookSecretRotated", "WebhookErased"), ()
    ),
    # Their addresses are their owner's words, and stand in the settings; secrets are stored nowhere.
    **dict.fromkeys(("WebhookAdded", "WebhookChanged"), ()),
    **dict.fromkeys(("WarningIssued", "WarningVoided", "StrikeAdded", "StrikeVoided"), ()),
    **dict.fromkeys(("ReportingPaused", "ReportingResumed"), ()),
    "AccountNoted": ("account", "text"),
    # Of what was reported no more than its version; and nobody learns who reports.
    "ReportFiled": ("digest",),
    **dict.fromkeys(("ReportWithdrawn", "ReportErased"), ()),
    "ReportJoined": ("report", "reporter"),
    "ReportLeft": ("report",),
    "CaseDecided": ("reports",),
    **dict.fromkeys(("CaseOpened", "CaseReopened", "CaseTextChanged", "CaseClaimed", "CaseReleased"), ()),
    **dict.fromkeys(("CaseEscalated", "NoteAdded", "CaseWordsErased"), ()),
    **dict.fromkeys(("DecisionCarriedOut", "DecisionTakenBack", "DecisionReversed"), ()),
    **dict.fromkeys(("BulkRemovalFinished", "BulkRemovalReversed"), ()),
    **dict.fromkeys(("AppealLodged", "AppealReplied", "AppealUpheld", "AppealOverturned", "AppealWordsErased"), ()),
}
"""Secret event → fields that are left out. A secret event that doesn't stand here is left out whole."""
_STAFF_ONLY = frozenset({"AccountNoted"})
_EVIDENCE = ("skeletons",)
_REASON = "reason"
_TYPES: Mapping[str, type[Event]] = by_type()


def own_commit(commit: Commit) -> dict[str, Any]:
    """A commit of the person's own, as an export has it; of an event with something left out the salt is, too."""
    return _document(commit, secrets)


def act_on_others(commit: Commit) -> dict[str, Any]:
    """A commit of theirs in somebody else's stream: what they did and why, without the words that it was done to."""

    def words(event: StoredEvent) -> tuple[str, ...]:
        return (*secrets(event), *(name for name in _TYPES[event.type].erasable if name != _REASON))

    found = _document(commit, words)
    found.pop("claim", None)
    return found


def is_staff_only(commit: Commit) -> bool:
    """Whether it is kept from the person whom it is about, as notes of moderators are."""
    return all(event.type in _STAFF_ONLY for event in commit.events)


def decision(commit: Commit) -> list[dict[str, Any]]:
    """What somebody else did in a stream of this person's: each event with its data, as far as it says something.

    The reason stands beside them.
    """
    left_out = (*_EVIDENCE, _REASON)
    return [{"type": event.type, "data": _data(event, (*secrets(event), *left_out))} for event in commit.events]


def reason(commit: Commit) -> str | None:
    """Why it was done, as whoever did it said; None where they said nothing, or it is erased."""
    given = (_data(event, secrets(event)).get(_REASON) for event in commit.events)
    return next((said for said in given if said), None)


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

"""Old shapes of stored events, brought up to date on reading: one pure function a step, dict to dict.

An event whose class says `schema = 3` needs entries for (type, 1) and (type, 2). Stored events are
never rewritten. Field names in an event's `erasable` keep their names through every step.
"""

from collections.abc import Callable, Mapping
from typing import Any

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


def _without_skeletons(data: dict[str, Any]) -> dict[str, Any]:
    """The first erasures didn't say what they left."""
    return data | {"skeletons": ()}


def _by_their_owner(data: dict[str, Any]) -> dict[str, Any]:
    """The first webhooks belonged to no token."""
    return data | {"made_by": ""}


def _before_passwords_ended_webhooks(data: dict[str, Any]) -> dict[str, Any]:
    """The first webhooks outlived every password; those that are there end with the next one."""
    return data | {"keeps_webhooks": True}


def _of_no_account_version(data: dict[str, Any]) -> dict[str, Any]:
    return data | {"account_version": 0}


def _owned_as_before(data: dict[str, Any]) -> dict[str, Any]:
    """The first changes left a webhook to what had made it."""
    return data | {"made_by": None, "account_version": 0}


def _without_reason(data: dict[str, Any]) -> dict[str, Any]:
    """The first ones left their reason to their commit, where no erasure reached it."""
    return data | {"reason": ""}


UPCASTERS: Mapping[tuple[str, int], Upcaster] = {
    ("AccountReinstated", 1): _without_reason,
    ("AccountSuspended", 1): _without_reason,
    ("CommentEdited", 1): _without_reason,
    ("CommentErased", 1): _without_skeletons,
    ("CommentErased", 2): _without_reason,
    ("CommentRemoved", 1): _without_reason,
    ("CommentRestored", 1): _without_reason,
    ("PasswordSet", 1): _before_passwords_ended_webhooks,
    ("PostEdited", 1): _without_reason,
    ("PostErased", 1): _without_skeletons,
    ("PostErased", 2): _without_reason,
    ("PostLocked", 1): _without_reason,
    ("PostPinned", 1): _without_reason,
    ("PostRemoved", 1): _without_reason,
    ("PostRestored", 1): _without_reason,
    ("PostUnlocked", 1): _without_reason,
    ("PostUnpinned", 1): _without_reason,
    ("ProfileErased", 1): _without_skeletons,
    ("ProfileErased", 2): _without_reason,
    ("WebhookAdded", 1): _by_their_owner,
    ("WebhookAdded", 2): _of_no_account_version,
    ("WebhookChanged", 1): _owned_as_before,
    ("WebhookErased", 1): _without_skeletons,
    ("WebhookPaused", 1): _without_reason,
}
"""(stored type, schema it reads) → the function that gives the data of schema + 1."""

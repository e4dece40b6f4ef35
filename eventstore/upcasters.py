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


def _of_an_account(data: dict[str, Any]) -> dict[str, Any]:
    """The first events named people by their handles. Stores of that format are converted, see transfer.conversion, and
    only their export is read so: the handle stands in the place of the id."""
    rest = {name: value for name, value in data.items() if name != "handle"}
    return {"account": data["handle"], **rest}


def _without_reason(data: dict[str, Any]) -> dict[str, Any]:
    """The first ones had none, or left it to their commit, where no erasure reached it."""
    return data | {"reason": ""}


def _of_an_account_without_reason(data: dict[str, Any]) -> dict[str, Any]:
    return _without_reason(_of_an_account(data))


def _without_end(data: dict[str, Any]) -> dict[str, Any]:
    """The first suspensions lasted until somebody took them back."""
    return data | {"until": ""}


def _of_no_batch(data: dict[str, Any]) -> dict[str, Any]:
    """The first ones stood each for itself."""
    return data | {"batch": ""}


UPCASTERS: Mapping[tuple[str, int], Upcaster] = {
    ("AccountRegistered", 1): _of_an_account,
    ("AccountReinstated", 1): _of_an_account_without_reason,
    ("AccountSuspended", 1): _of_an_account_without_reason,
    ("AccountSuspended", 2): _without_end,
    ("CommentEdited", 1): _without_reason,
    ("CommentErased", 1): _without_skeletons,
    ("CommentErased", 2): _without_reason,
    ("CommentRemoved", 1): _without_reason,
    ("CommentRemoved", 2): _of_no_batch,
    ("CommentRestored", 1): _without_reason,
    ("CommentRestored", 2): _of_no_batch,
    ("Liked", 1): _of_an_account,
    ("PasswordSet", 1): _before_passwords_ended_webhooks,
    ("PasswordSet", 2): _of_an_account,
    ("PostEdited", 1): _without_reason,
    ("PostErased", 1): _without_skeletons,
    ("PostErased", 2): _without_reason,
    ("PostLocked", 1): _without_reason,
    ("PostPinned", 1): _without_reason,
    ("PostRemoved", 1): _without_reason,
    ("PostRemoved", 2): _of_no_batch,
    ("PostRestored", 1): _without_reason,
    ("PostRestored", 2): _of_no_batch,
    ("PostUnlocked", 1): _without_reason,
    ("PostUnpinned", 1): _without_reason,
    ("ProfileEdited", 1): _of_an_account,
    ("ProfileErased", 1): _without_skeletons,
    ("ProfileErased", 2): _of_an_account_without_reason,
    ("RoleGranted", 1): _of_an_account,
    ("RoleGranted", 2): _without_reason,
    ("RoleRevoked", 1): _of_an_account,
    ("RoleRevoked", 2): _without_reason,
    ("TokenIssued", 1): _of_an_account,
    ("Unliked", 1): _of_an_account,
    ("WebhookAdded", 1): _by_their_owner,
    ("WebhookAdded", 2): _of_no_account_version,
    ("WebhookAdded", 3): _of_an_account,
    ("WebhookChanged", 1): _owned_as_before,
    ("WebhookChanged", 2): _of_an_account,
    ("WebhookErased", 1): _without_skeletons,
    ("WebhookErased", 2): _of_an_account,
    ("WebhookPaused", 1): _of_an_account_without_reason,
    ("WebhookResumed", 1): _of_an_account,
    ("WebhookSecretRotated", 1): _of_an_account,
}
"""(stored type, schema it reads) → the function that gives the data of schema + 1."""

LAST_NAMED_BY_HANDLE: Mapping[str, int] = {
    type: schema
    for (type, schema), step in UPCASTERS.items()
    if step in (_of_an_account, _of_an_account_without_reason)
}
"""Stored type → the last schema of it that named an account by its handle."""

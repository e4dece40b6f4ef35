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


UPCASTERS: Mapping[tuple[str, int], Upcaster] = {
    ("CommentErased", 1): _without_skeletons,
    ("PostErased", 1): _without_skeletons,
    ("ProfileErased", 1): _without_skeletons,
    ("WebhookAdded", 1): _by_their_owner,
    ("WebhookErased", 1): _without_skeletons,
}
"""(stored type, schema it reads) → the function that gives the data of schema + 1."""

"""What the demo's script is made of: steps, and the things that they have made so far."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from domain.messages import Command
from domain.post import NewPost


class Step(msgspec.Struct, frozen=True):
    """One command of the script. key: its name; build: makes it, once the things that it refers to have their ids.
    command_id: "" for the one that is made of the key."""

    at: datetime
    key: str
    by: str
    build: Callable[["Things"], Command]
    command_id: str = ""


class Things(msgspec.Struct):
    """What the demo has build so far: key → id, key → post as last edited, stream → version."""

    ids: dict[str, str] = {}
    posts: dict[str, NewPost] = {}
    versions: dict[str, int] = {}


def milliseconds(at: datetime) -> int:
    """Since 1970."""
    return int(at.timestamp() * 1000)

"""Heads: a store's last position and its chain at one moment, kept outside the store to hold it to that later.

A chain proves itself only up to its end: whether commits were cut off there, or all of it was written anew, shows by
comparing with a head that was kept elsewhere. See docs/decisions/0043.
"""

from pathlib import Path
from typing import Annotated

import msgspec

from domain.errors import Refused
from domain.ports import EventStore

from .whole_file import write_whole

FORMAT = "verbatim-head-1"
_CANONICAL = msgspec.json.Encoder(order="sorted")


class BadHead(Refused):
    """The file isn't a head that this version can read."""


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """chain: of the commit at this position; "" at 0, of an empty store.

    at: when it was looked at, ISO 8601 UTC. It proves nothing. format: says what else such a file holds; a later one
    may have proofs.
    """

    at: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")]
    chain: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?$")]
    format: str = FORMAT
    position: Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]

    def __str__(self) -> str:
        return f"position {self.position:,}, chain {self.chain[:12]}…" if self.chain else "an empty store"


def deviation(store: EventStore, head: Head) -> str:
    """How the store contradicts a head, without a full stop; "" where it holds all that it held, as it was."""
    if head.position == 0:
        return ""
    last = store.head()[0]
    if last < head.position:
        return f"the event store ends at position {last:,}, and has been at {head.position:,}: its end is lost"
    found = store.read(head.position - 1, 1)
    if not found or found[0].position != head.position:
        return f"position {head.position:,} is missing"
    if found[0].chain != head.chain:
        return (
            f"position {head.position:,} has the chain {found[0].chain[:12]}…, and had {head.chain[:12]}…: what was "
            "stored up to there has been written anew, or this is another store"
        )
    return ""


def write(head: Head, path: Path) -> None:
    """As canonical JSON. The file is there whole, or as it was. Raises Unavailable where it can't be written."""
    write_whole(path, _CANONICAL.encode(head) + b"\n")


def read(path: Path) -> Head:
    """Raises BadHead, which says what to do."""
    try:
        document = path.read_bytes()
        if msgspec.json.decode(document, type=_Format).format != FORMAT:
            raise BadHead(f"{path} is a head in a format that this version doesn't know. Use the one that wrote it.")
        head = msgspec.json.decode(document, type=Head)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadHead(f"{path} isn't a head that `bin/verbatim verify --head` wrote: {error}.") from error
    except OSError as error:
        raise BadHead(f"{path} can't be read: {error.strerror}.") from error
    if (head.position == 0) != (head.chain == ""):
        raise BadHead(f"{path} isn't a head that `bin/verbatim verify --head` wrote: position and chain don't agree.")
    return head


class _Format(msgspec.Struct, frozen=True):
    format: str

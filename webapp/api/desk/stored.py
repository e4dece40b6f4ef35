"""What a command stored, for its answer: so a repeat, or what was there already, gets the same one."""

from typing import TypeVar

from domain.messages import Event, Receipt
from webapp.site import site

Found = TypeVar("Found", bound=Event)


def last_event(receipt: Receipt, kind: type[Found]) -> Found | None:
    """The last event of this kind in the receipt's stream, up to the version that the command left."""
    events = site.current().bus.aggregates().events(receipt.stream)
    return next(
        (one for version, one in reversed(events) if version <= receipt.version and isinstance(one, kind)), None
    )


def only_event(receipt: Receipt, kind: type[Found]) -> Found:
    """The same where the command can't have been accepted without one."""
    found = last_event(receipt, kind)
    if found is None:
        raise LookupError(f"{receipt.stream} has no {kind.__name__} up to version {receipt.version}")
    return found


def event_at(receipt: Receipt, kind: type[Found]) -> Found | None:
    """The event that stands at the receipt's version, if it is of this kind."""
    events = dict(site.current().bus.aggregates().events(receipt.stream))
    found = events.get(receipt.version)
    return found if isinstance(found, kind) else None

"""Lists with a signed cursor, and the short answers of commands."""

from collections.abc import Callable
from typing import Any

from domain.messages import Receipt
from readmodel.engine.views import Key, Page
from webapp.server import cursors

from .operations import Headers, Reply
from .schema import response_bodies


def after(listing: str, cursor: str | None) -> Key | None:
    """Where the page before ended. Raises BadRequest for a cursor that isn't of this list."""
    return cursors.read(listing, cursor)


def page(listing: str, found: Page[Any], shown: Callable[[Any], Any] | None = None) -> Reply:
    """One page of a list; listing names it, with what its cursors depend on. shown: what of an item may be seen."""
    items = found.items if shown is None else [shown(view) for view in found.items]
    return Reply(response_bodies.Page(items=items, next=cursors.write(listing, found.next)))


def accepted(receipt: Receipt, headers: Headers | None = None) -> Reply:
    """What a command left, from its receipt alone: a repeat gets the same bytes."""
    return Reply(response_bodies.Accepted(id=receipt.subject, version=receipt.version), headers or {})


def versioned(receipt: Receipt, headers: Headers | None = None) -> Reply:
    """The same with the ETag, for things that are edited under If-Match."""
    return accepted(receipt, {"ETag": f'"{receipt.version}"', **(headers or {})})

"""Lists with a signed cursor, and the short answers of commands."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from flask import request

from domain import account
from domain.messages import Receipt
from readmodel.engine.views import Key, Page
from webapp.server import cursors
from webapp.server.urls import full_path
from webapp.site import site

from .operations import Call, Headers, Reply
from .schema import response_bodies

_ADDRESS = "/?&=%+"
"""What stays of an address when the rest of it is percent-encoded: it stands in a header."""


def after(call: Call) -> Key | None:
    """Where the page before ended. Raises BadRequest for a cursor that isn't of this list."""
    return cursors.read(call.listing, call.query.after)


def page(call: Call, found: Page[Any], shown: Callable[[Any], Any] | None = None) -> Reply:
    """One page of a list. shown: what of an item may be seen."""
    items = found.items if shown is None else [shown(view) for view in found.items]
    next = cursors.write(call.listing, found.next)
    return Reply(response_bodies.Page(items=items, next=next), links(next))


def links(next: str | int | None) -> Headers:
    """The Link header of a list (RFC 8288): its first page, and the next one where there is one."""
    kept = {name: value for name, value in request.args.items() if name != "after"}
    found = [("first", kept), *([] if next is None else [("next", kept | {"after": str(next)})])]
    pages = ((relation, f"{full_path()}?{urlencode(query)}".rstrip("?")) for relation, query in found)
    return {"Link": ", ".join(f'<{quote(address, _ADDRESS)}>; rel="{relation}"' for relation, address in pages)}


def accepted(receipt: Receipt, headers: Headers | None = None) -> Reply:
    """What a command left, from its receipt alone: a repeat gets the same bytes, but for an account's new handle."""
    return Reply(response_bodies.Accepted(id=_named(receipt), version=receipt.version), headers or {})


def _named(receipt: Receipt) -> str:
    """What the API calls the thing: an account by its handle."""
    if receipt.stream != account.stream(receipt.subject):
        return receipt.subject
    return site.current().bus.aggregates().called(receipt.subject)


def versioned(receipt: Receipt, headers: Headers | None = None) -> Reply:
    """The same with the ETag, for things that are edited under If-Match."""
    return accepted(receipt, {"ETag": f'"{receipt.version}"', **(headers or {})})

"""Views: the results of queries that several read models share. A view of one alone is in its file.

`people` names the fields that say who, `streams` those with the name of a stream: read models fill them with account
ids, and handles.py puts handles there.
"""

from typing import Any, ClassVar, Generic, TypeVar

import msgspec

Item = TypeVar("Item")

Key = tuple[str | int, ...]
"""Where a page ended: the sort values of its last row. Opaque to everyone but the query it came from."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What a page or the API shows of one thing that people did."""

    people: ClassVar[tuple[str, ...]] = ()
    streams: ClassVar[tuple[str, ...]] = ()


class Page(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """items, and where the next page starts; next is None on the last one."""

    items: list[Item]
    next: Key | None


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """posts and comments count what is not removed; roles are sorted. suspended_until: None where it has no end."""

    handle: str
    name: str
    bio: str
    roles: tuple[str, ...]
    suspended: bool
    suspended_reason: str | None
    suspended_until: str | None
    posts: int
    comments: int
    version: int
    joined_at: str

    def as_of(self, at: str) -> "AccountView":
        """The same without a suspension that is over at that moment."""
        if self.suspended_until is None or at < self.suspended_until:
            return self
        return msgspec.structs.replace(self, suspended=False, suspended_reason=None, suspended_until=None)


class HistoryItem(View, frozen=True, kw_only=True):
    """One event of a post, comment or account. title, body and url are None where it brought no words."""

    people: ClassVar[tuple[str, ...]] = ("actor",)
    streams: ClassVar[tuple[str, ...]] = ("stream",)
    stream: str
    version: int
    type: str
    actor: str
    at: str
    reason: str | None
    title: str | None
    body: str | None
    url: str | None
    erased: bool
    detail: dict[str, Any]
    """Fields of the event that are neither words nor ids, such as {"role": "moderator"}."""

"""Between people's handles and the ids of their accounts: rows hold ids, whoever asks and reads speaks of handles.

One look-up by primary key for all that an answer shows; nobody joins accounts for each row.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, false, select

from domain.handle import placeholder
from domain.ids import is_id
from domain.rights import OPERATOR
from domain.text import handle_key, is_handle

from .accounts import accounts, former_handles
from .engine import bulk
from .engine.model import ReadModel
from .engine.queries import FormerHandle, Query
from .engine.views import Page, View

MAX_LEAVING_LISTED = 100


class LeavingAccounts(Query, frozen=True, kw_only=True):
    """list[LeavingAccount]: whoever leaves and isn't closed yet, the first to be closed first. For admins."""


class LeavingAccount(View, frozen=True, kw_only=True):
    """id: the account's. handle: the one that it comes back to."""

    id: str
    handle: str
    until: str


_HANDLES = select(accounts.c.id, accounts.c.handle).where(
    accounts.c.id.in_(bindparam("values", expanding=True)), accounts.c.gone == false()
)
_HOLDER = (
    select(accounts.c.id)
    .where(accounts.c.handle == bindparam("handle"), accounts.c.gone == false())
    .order_by(accounts.c.handle_since.desc())
    .limit(1)
)
"""Two have it for a moment, where one gave it up and the other's claim was folded first."""
_FORMER = (
    select(accounts.c.id, accounts.c.handle)
    .join_from(former_handles, accounts, accounts.c.id == former_handles.c.account)
    .where(
        former_handles.c.handle == bindparam("handle"),
        former_handles.c.reserved_until > bindparam("now", type_=former_handles.c.reserved_until.type),
        accounts.c.gone == false(),
    )
    .order_by(former_handles.c.since.desc())
    .limit(1)
)


_LEAVING = (
    select(accounts.c.id, accounts.c.handle, accounts.c.leaving_until.label("until"))
    .where(accounts.c.leaving_until.is_not(None))
    .order_by(accounts.c.leaving_until, accounts.c.id)
    .limit(MAX_LEAVING_LISTED)
)


def account_of(connection: Connection, typed: str) -> str:
    """The id of whoever is called so now; an id is its own. "" where nobody is."""
    key = handle_key(typed)
    if is_id(typed) or key == OPERATOR:
        return typed if is_id(typed) else key
    return connection.execute(_HOLDER, {"handle": key}).scalar() or "" if is_handle(key) else ""


def former_handle(connection: Connection, query: FormerHandle) -> str | None:
    key = handle_key(query.handle)
    found = connection.execute(_FORMER, {"handle": key, "now": query.now}).one_or_none() if is_handle(key) else None
    return found.handle or placeholder(found.id) if found else None


def handles_of(connection: Connection, ids: Iterable[str]) -> Mapping[str, str]:
    """Account id → what it is called now; a placeholder where that is erased, or not folded yet."""
    wanted = sorted(set(ids))
    found = {id: handle for id, handle in bulk.select_in(connection, _HANDLES, wanted) if handle}
    return {id: found.get(id) or (id if id == OPERATOR else placeholder(id)) for id in wanted}


def by_ids(connection: Connection, query: Query) -> Query:
    """The query with account ids where it was given handles."""
    typed = {name: value for name in query.people if (value := getattr(query, name)) is not None}
    return replace(query, **{name: account_of(connection, value) for name, value in typed.items()}) if typed else query


def with_handles(connection: Connection, answer: Any) -> Any:
    """The answer with today's handles where rows have account ids, also in views inside of views."""
    items = answer.items if isinstance(answer, Page) else answer if isinstance(answer, list) else [answer]
    ids = {id for one in items if isinstance(one, View) for id in _all_ids_in(one)}
    if not ids:
        return answer
    handles = handles_of(connection, ids)
    called = [_called(one, handles) if isinstance(one, View) else one for one in items]
    if isinstance(answer, Page):
        return replace(answer, items=called)
    return called if isinstance(answer, list) else called[0]


def _all_ids_in(view: View) -> Iterator[str]:
    yield from _ids_in(view).values()
    for name in view.views:
        for inner in _inner(view, name):
            yield from _all_ids_in(inner)


def _ids_in(view: View) -> dict[str, str]:
    """Field → the account id in it."""
    found = {name: id for name in view.people if (id := getattr(view, name))}
    for name in view.streams:
        kind, _, id = getattr(view, name).partition("-")
        if kind == "account":
            found[name] = id
    return found


def _inner(view: View, name: str) -> tuple[View, ...]:
    """The views in a field: one, several or none."""
    value = getattr(view, name)
    return value if isinstance(value, tuple) else (value,) if value is not None else ()


def _called(view: View, handles: Mapping[str, str]) -> View:
    values: dict[str, Any] = {
        name: f"account-{handles[id]}" if name in view.streams else handles[id] for name, id in _ids_in(view).items()
    }
    for name in view.views:
        called = tuple(_called(inner, handles) for inner in _inner(view, name))
        values[name] = called if isinstance(getattr(view, name), tuple) else next(iter(called), None)
    return replace(view, **values) if values else view


def leaving_accounts(connection: Connection, _query: LeavingAccounts) -> list[LeavingAccount]:
    return [LeavingAccount(**row._mapping) for row in connection.execute(_LEAVING)]


MODEL = ReadModel(tables=(), folds={}, answers={FormerHandle: former_handle, LeavingAccounts: leaving_accounts})

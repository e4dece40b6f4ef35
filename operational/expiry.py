"""What is deleted by age: which rows, by which moment of theirs, after which period of the settings."""

from collections.abc import Callable

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Delete, Engine, Table, bindparam, delete, select

from domain import ids
from readmodel.engine.connections import changing, looking
from retention import Retention

from .tables import drafts, first_answers, sessions, thread_visits, token_uses, webhook_deliveries

BATCH_ROWS = 500
"""Of one transaction: nobody who writes waits long for one."""


class Expiry(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a table whose moment `since` is longer ago than a period. only: which rows; all of them by default.

    period: the field of Retention.
    """

    period: str
    since: Column[str]
    only: ColumnElement[bool] | None = None

    @property
    def table(self) -> Table:
        return self.since.table

    def condition(self) -> ColumnElement[bool]:
        """With a parameter, `before`."""
        old = self.since < bindparam("before", type_=self.since.type)
        return old if self.only is None else old & self.only


EXPIRIES = (
    Expiry(period="sessions", since=sessions.c.opened_at),
    Expiry(period="token_uses", since=token_uses.c.used_at),
    Expiry(period="visits", since=thread_visits.c.seen_at),
    Expiry(period="drafts", since=drafts.c.saved_at),
    Expiry(period="answers", since=first_answers.c.at),
    Expiry(period="deliveries", since=webhook_deliveries.c.due_at, only=webhook_deliveries.c.state == "delivered"),
    Expiry(period="failed_deliveries", since=webhook_deliveries.c.due_at, only=webhook_deliveries.c.state == "dead"),
)


def _never() -> bool:
    return False


def delete_expired(control: Engine, retention: Retention, stopped: Callable[[], bool] = _never) -> dict[str, int]:
    """Deletes whatever has expired. Gives how many rows, by period. Safe concurrently; may be stopped anywhere."""
    return {one.period: _delete_expired(control, one, retention, stopped) for one in EXPIRIES}


def _delete_expired(control: Engine, expiry: Expiry, retention: Retention, stopped: Callable[[], bool]) -> int:
    before, deleted = ids.from_now(-getattr(retention, expiry.period)), 0
    while not stopped():
        with looking(control) as connection:
            keys = _expired_keys(connection, expiry, before)
        if keys:
            with changing(control) as connection:
                connection.execute(_delete_by_key(expiry), [key | {"before": before} for key in keys])
        deleted += len(keys)
        if len(keys) < BATCH_ROWS:
            break
    return deleted


def _expired_keys(connection: Connection, expiry: Expiry, before: str) -> list[dict[str, str]]:
    """The keys of a batch, as parameters. Looked for outside of a transaction that writes: not every table has an
    index by age."""
    columns = expiry.table.primary_key.columns
    found = connection.execute(select(*columns).where(expiry.condition()).limit(BATCH_ROWS), {"before": before})
    return [{f"key_{name}": value for name, value in row._mapping.items()} for row in found]


def _delete_by_key(expiry: Expiry) -> Delete:
    """The age is looked at again: a row may have been used since."""
    columns = expiry.table.primary_key.columns
    mine = (column == bindparam(f"key_{column.name}", type_=column.type) for column in columns)
    return delete(expiry.table).where(expiry.condition(), *mine)

"""Rows of any operational table, as old as they are wanted: what a chore that deletes by age is shown."""

from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import Boolean, Column, Engine, Integer, String, func, select
from sqlalchemy.dialects import sqlite

from domain import ids
from operational.expiry import Expiry
from readmodel.engine.schema import Moment

_NUMBERS = count()


def insert(control: Engine, expiry: Expiry, age: timedelta, **values: Any) -> None:
    """A row that the expiry is about, whose moment is so long ago."""
    row = {column.name: _value(column) for column in expiry.table.columns}
    if expiry.only is not None:
        named = expiry.only.compile(dialect=sqlite.dialect())
        row |= {name.removesuffix("_1"): value for name, value in named.params.items()}
    with control.begin() as connection:
        connection.execute(expiry.table.insert().values(row | {expiry.since.name: ids.from_now(-age)} | values))


def how_many(control: Engine, expiry: Expiry) -> int:
    """How many rows there are that the expiry is about."""
    rows = select(func.count()).select_from(expiry.table)
    with control.connect() as connection:
        return connection.execute(rows if expiry.only is None else rows.where(expiry.only)).scalar_one()


def _value(column: Column[Any]) -> Any:
    if isinstance(column.type, Moment):
        return ids.now()
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, Integer):
        return next(_NUMBERS)
    assert isinstance(column.type, String)
    return f"{next(_NUMBERS)}"

"""Counts what is kept of somebody beside the read model, for whoever wants to leave: all of it goes then."""

from collections.abc import Mapping

from sqlalchemy import func, select

from readmodel.engine.connections import Control, looking

from .tables import drafts, sessions, takeouts, thread_visits, webhook_deliveries

COUNTED = (drafts, sessions, takeouts, thread_visits, webhook_deliveries)


def count(control: Control, account: str) -> Mapping[str, int]:
    """Table → rows of this account. Of drafts those that a list of them has."""
    found = {}
    with looking(control) as connection:
        for table in COUNTED:
            mine = select(func.count()).where(table.c.account == account)
            if table is drafts:
                mine = mine.where(table.c.place.startswith("/"))
            found[table.name] = connection.execute(mine).scalar_one()
    return found

"""First answers that no commit can tell again, each under the hash of whose it is and of its key. Kept for a week."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Table, delete
from sqlalchemy.exc import IntegrityError

from domain.ids import now, timestamp
from readmodel.engine.connections import Control, changing

KEPT = timedelta(days=7)


def note(control: Control, table: Table, answer: Mapping[str, Any]) -> None:
    """The first answer stays. Those of more than a week ago are forgotten. table has a column `at`."""
    long_ago = timestamp(datetime.now(UTC) - KEPT)
    try:
        with changing(control) as connection:
            connection.execute(delete(table).where(table.c.at < long_ago))
            connection.execute(table.insert().values({**answer, "at": now()}))
    except IntegrityError:
        return  # it came twice at once


def named(handle: str, key: str) -> str:
    """Of any length, and one person's never meets another's."""
    return hashlib.sha256(f"{handle}:{key}".encode(errors="surrogatepass")).hexdigest()

"""Deliveries as the webhooks process keeps them, for tests of whoever shows or changes them."""

from typing import Any

from sqlalchemy import Engine

from operational import webhook_deliveries
from operational.webhook_deliveries import Delivery


def queue(control: Engine, number: int = 1, **columns: Any) -> list[Delivery]:
    """So many new ones with these columns, webhook and handle among them."""
    rows = [Delivery(**columns) for _ in range(number)]
    with control.begin() as connection:
        webhook_deliveries.add(connection, rows)
    return rows

"""SQL Server's dialect without a server: what a site says, compiled to T-SQL."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.types import NullType

from domain import webhook
from eventstore.codec import EventCodec
from operational import webhook_cursor, webhook_deliveries
from readmodel import catalogue, webhooks
from readmodel.engine import engines, progress
from readmodel.engine.mssql_dialect import Dialect
from tests.projector.conftest import Backend
from webhooks.follower import Follower


def dialect() -> Any:
    """As engines.open_control makes it, but for a server to ask: version 16 is SQL Server 2022."""
    made = Dialect(use_insertmanyvalues=False, fast_executemany=True)
    made.server_version_info = (16, 0)
    made._setup_version_attributes()
    engines.quote_keywords(made)
    return made


def tsql(statement: ClauseElement) -> str:
    compiled = statement.compile(dialect=DIALECT, schema_translate_map={None: "g7"}, render_schema_translate=True)
    sql = str(compiled)
    assert not FORBIDDEN.search(re.sub(r"N?'[^']*'", "''", sql)), sql
    assert len(compiled.params or ()) < PARAMETERS
    if isinstance(statement, UpdateBase):
        assert isinstance(compiled, SQLCompiler)
        untyped = [name for name, bind in compiled.binds.items() if isinstance(bind.type, NullType)]
        assert not untyped, f"the driver can't be told what {untyped} are: {sql}"
    return sql


@contextmanager
def executed_statements(*found: Engine) -> Iterator[list[ClauseElement]]:
    """Every statement that the engines execute, as SQLAlchemy has it."""
    said: list[ClauseElement] = []

    def listen(_connection: Connection, element: Any, *_: object) -> None:
        if isinstance(element, ClauseElement):
            said.append(element)

    for engine in found:
        event.listen(engine, "before_execute", listen)
    yield said
    for engine in found:
        event.remove(engine, "before_execute", listen)


def exercise_webhooks(backend: Backend) -> None:
    """All that is said about webhooks: followed, claimed, settled, listed, replayed, forgotten, changed and removed."""
    control, hook = backend.generations.control, "0192abcd-0000-7000-8000-000000000005"
    of = {"handle": "ann", "webhook": hook}
    backend.send(webhook.AddWebhook(**of, url="https://bot.example/"))
    backend.publish("Told")
    follower = Follower(backend.store, EventCodec(), control)
    follower.step()
    assert webhook_cursor.position(control) == backend.store.head()[0]
    later, latest = "2100-01-01T00:00:00.000000Z", "2101-01-01T00:00:00.000000Z"
    assert webhook_deliveries.ready(control, later) == [(hook, backend.bus.aggregates().holder("ann"))]
    for one in webhook_deliveries.claim(control, hook, later, latest, 2):
        assert webhook_deliveries.settle(control, one, state="dead", status=500, answer="no", tried_at=later)
    listed = webhook_deliveries.listed(control, hook, limit=1)
    webhook_deliveries.listed(control, hook, "dead", (listed.items[0].made_at, listed.items[0].id))
    webhook_deliveries.replay(control, hook, listed.items[0].id)
    webhook_deliveries.replay(control, hook)
    webhook_deliveries.add_test(control, hook, "ann")
    webhook_deliveries.find(control, hook, listed.items[0].id)
    webhook_deliveries.counted(control, [hook])
    for change in (
        webhook.ChangeWebhook(**of, url="https://bot.example/2"), webhook.PauseWebhook(**of),
        webhook.ResumeWebhook(**of), webhook.RotateWebhookSecret(**of, old_until=later),
    ):  # fmt: skip
        backend.send(change)
    backend.project()
    with backend.generations.connect() as connection:
        catalogue.answer(connection, webhooks.WebhooksOf(account="ann"))
    backend.send(webhook.RemoveWebhook(**of))
    backend.project()
    follower.step()
    assert webhook_deliveries.listed(control, hook).items == []


def letter() -> progress.DeadLetter:
    return progress.DeadLetter(
        stream="post-x", version=1, commit_id="c", error="e", attempts=1, parked_at="2026-01-01T00:00:00.000000Z"
    )


PARAMETERS = 2_100


FORBIDDEN = re.compile(
    r"\b(MERGE|LIMIT|ON CONFLICT|PIVOT|WAITFOR|CONTAINS|WITH TIES|RETURNING|OUTPUT|ROW_NUMBER|NULLS (FIRST|LAST))\b"
    r"|^\s*WITH\b|\|\||\bILIKE\b|\bGLOB\b|\bTRUE\b|\bFALSE\b"
)


DIALECT = dialect()

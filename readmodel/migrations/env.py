"""How Alembic runs either chain: on the connection it is given, or offline as SQL for a dialect."""

from typing import Any

from alembic import context


def run() -> None:
    config = context.config
    connection = config.attributes.get("connection")
    options: dict[str, Any] = {"version_table_schema": config.attributes.get("schema")}
    if connection is None:
        context.configure(dialect_name=config.attributes["dialect"], as_sql=True, literal_binds=True, **options)
    else:
        context.configure(connection=connection, **options)
    with context.begin_transaction():
        context.run_migrations()

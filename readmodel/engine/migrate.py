"""Runs the Alembic migrations: one chain for the control tables, one for the tables of a generation."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from .engines import refuse_newer, schema_of, writing

MIGRATIONS = Path(__file__).parents[1] / "migrations"


def migrate_control(engine: Engine) -> None:
    """Brings the control tables to the newest revision."""
    _upgrade(engine, "control", None)


def migrate_generation(engine: Engine, number: int) -> None:
    """Brings one generation's tables to the newest revision, in its file or its schema."""
    schema = None if engine.dialect.name == "sqlite" else schema_of(number)
    _upgrade(engine, "generation", schema)


def is_migrated(engine: Engine, number: int | None = None) -> bool:
    """Whether the control tables, or those of one generation, stand at the newest revision."""
    chain = "control" if number is None else "generation"
    schema = None if number is None or engine.dialect.name == "sqlite" else schema_of(number)
    with engine.connect() as connection:
        plain = connection.execution_options(schema_translate_map=None)
        found = MigrationContext.configure(plain, opts={"version_table_schema": schema}).get_current_revision()
    return found == ScriptDirectory.from_config(script(chain)).get_current_head()


def script(chain: str, schema: str | None = None) -> Config:
    """Alembic's configuration of one chain; `schema` reaches the migrations as config.attributes["schema"]."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS / chain))
    config.set_main_option("path_separator", "os")
    config.attributes["schema"] = schema
    return config


def _upgrade(engine: Engine, chain: str, schema: str | None) -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = script(chain, schema)
    with writing(engine).begin() as connection:
        plain = connection.execution_options(schema_translate_map=None)
        _refuse_newer(plain, config, chain, schema)
        config.attributes["connection"] = plain
        command.upgrade(config, "head")


def _refuse_newer(connection: Connection, config: Config, chain: str, schema: str | None) -> None:
    found = MigrationContext.configure(connection, opts={"version_table_schema": schema}).get_current_revision()
    known = frozenset(revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions())
    refuse_newer(found, known, f"read model's {chain} database")

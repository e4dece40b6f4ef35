"""Migrating gives the very tables that the code declares, on both databases."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from domain.errors import Damaged
from readmodel import catalogue
from readmodel.engine import schema
from readmodel.generations.errors import NoGeneration
from readmodel.generations.generations import Generations
from tests.readmodel.engine.control_tables import CONTROL_METADATA

assert catalogue.READ_MODELS


@pytest.fixture
def generations(tmp_path: Path) -> Generations:
    return Generations(f"sqlite:///{tmp_path / 'read.db'}")


def test_migrations_and_declared_tables_are_the_same(generations: Generations) -> None:
    live = generations.migrate()
    for engine, metadata in ((live.engine, schema.metadata), (generations.control, CONTROL_METADATA)):
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_twice_changes_nothing(generations: Generations) -> None:
    first = generations.migrate().number
    assert generations.migrate().number == first


def test_a_read_model_from_a_newer_version_is_refused_with_what_to_do(generations: Generations) -> None:
    live = generations.migrate()
    with live.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Damaged, match="newer Verbatim"):
        generations.migrate()


def test_a_read_model_that_was_never_migrated_says_what_to_run(generations: Generations) -> None:
    with pytest.raises(NoGeneration, match="bin/verbatim migrate"):
        generations.live()

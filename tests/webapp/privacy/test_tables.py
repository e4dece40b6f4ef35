"""No table of a site is without a row of the catalogue, and no row names a table that isn't there."""

from collections.abc import Iterable

from sqlalchemy import Column, MetaData, Table

from operational.expiry import EXPIRIES
from readmodel import catalogue as readmodel_catalogue
from readmodel.engine import gate, progress
from readmodel.engine.schema import metadata
from tests.readmodel.engine.control_tables import CONTROL_METADATA
from webapp.privacy.catalogue import KINDS
from webapp.privacy.kinds import Configured

FILLED_BY = (readmodel_catalogue, gate, progress)
"""Importing these has put every table of a generation into its metadata."""
TABLES = (*CONTROL_METADATA.tables.values(), *metadata.tables.values())


def without_row(tables: Iterable[Table]) -> list[str]:
    said = {name for kind in KINDS for name in kind.tables}
    return sorted(table.name for table in tables if table.name not in said)


def test_every_table_stands_in_the_catalogue() -> None:
    assert len(TABLES) > 30
    assert without_row(TABLES) == []


def test_a_table_that_nobody_wrote_down_is_found() -> None:
    planted = Table("planted", MetaData(), Column("handle"))
    assert without_row([*TABLES, planted]) == ["planted"]


def test_the_catalogue_names_no_table_that_is_not_there() -> None:
    assert {name for kind in KINDS for name in kind.tables} - {table.name for table in TABLES} == set()


def test_what_is_deleted_by_age_is_said_of_its_table() -> None:
    said = {(kind.kept.period, name) for kind in KINDS if isinstance(kind.kept, Configured) for name in kind.tables}
    assert {(one.period, one.table.name) for one in EXPIRIES} <= said


def test_a_row_has_a_fragment_of_its_own() -> None:
    ids = [kind.id for kind in KINDS]
    assert len(ids) == len(set(ids))

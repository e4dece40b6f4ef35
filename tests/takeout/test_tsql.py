"""All that is said to the database about takeouts is what SQL Server understands, its parameters typed."""

from threading import Event

from sqlalchemy.schema import CreateTable

from operational import takeouts
from operational.tables import takeout_pieces
from tests.people import id_of
from tests.readmodel.engine.sql_server import DIALECT, executed_statements, tsql
from tests.takeout.conftest import KEPT, TakeoutSite


def test_every_statement_is_t_sql(site: TakeoutSite) -> None:
    site.fill()
    site.project()
    control, live = site.generations.control, site.generations.live()
    with executed_statements(live.engine, control) as said:
        for handle in ("ann", "bob"):
            site.request(handle)
            site.maker().look(Event())
        site.fetched("ann")
        takeouts.begin_anew(control, [id_of("ann")])
        takeouts.prune(control, KEPT)
    texts = {tsql(statement) for statement in said}
    assert any(text.startswith("INSERT") and "takeout_pieces" in text for text in texts)
    assert len(texts) > 20


def test_pieces_have_room_for_what_they_hold() -> None:
    assert "VARBINARY(max)" in str(CreateTable(takeout_pieces).compile(dialect=DIALECT))

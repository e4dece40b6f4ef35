"""All that is said to the database about whoever leaves is what SQL Server understands."""

from operational import departures
from readmodel.engine.engines import reading
from tests.leaving.conftest import LeavingSite
from tests.readmodel.engine.sql_server import executed_statements, tsql


def test_every_statement_is_t_sql(site: LeavingSite) -> None:
    site.fill()
    control, live = site.generations.control, site.generations.live()
    with executed_statements(live.engine, reading(live.engine), control, reading(control)) as said:
        opened = site.leave()
        site.carry_out()
        departures.commit_ids(control, opened)
        departures.receipt(control, opened.id)
        departures.tally(control)
        departures.choices(control)
        departures.begin_anew(control, opened.until)
        departures.drop(control, opened)
    texts = {tsql(statement) for statement in said}
    assert any(text.startswith("INSERT") and "departure_commits" in text for text in texts)
    assert any("leaving_until" in text for text in texts)
    assert len(texts) > 20

"""Visits are kept beside the generations, one row a person and thread, and forgotten in time."""

from sqlalchemy import Engine

from operational import visits

POST = "0192abcd-0000-7000-8000-000000000001"
OTHER = "0192abcd-0000-7000-8000-000000000002"


def test_a_visit_tells_when_the_one_before_was(control: Engine) -> None:
    assert visits.arrive(control, "ann", POST) is None
    first = visits.last_visits(control, "ann", [POST, OTHER])[POST]

    assert visits.arrive(control, "ann", POST) == first
    assert visits.previous_visit_at(control, "ann", POST) == first
    assert visits.previous_visit_at(control, "bob", POST) is None
    assert visits.last_visits(control, "ann", [POST, OTHER]).keys() == {POST}
    assert visits.last_visits(control, "ann", []) == {}


def test_what_was_read_stays_read(control: Engine) -> None:
    early, late = "2026-01-01T00:00:00.000000Z", "2026-02-01T00:00:00.000000Z"
    assert visits.read_until(control, "ann") is None
    for moment, then in ((early, early), (late, late), (early, late)):
        visits.mark_read(control, "ann", moment)
        assert visits.read_until(control, "ann") == then
    assert visits.read_until(control, "bob") is None

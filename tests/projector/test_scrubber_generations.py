"""What was erased is soon in no file, no row and no document, whatever was there when it was erased."""

from threading import Event

from sqlalchemy import text

from projector.scrubber import MAX_ATTEMPTS
from readmodel.engine.engines import generation_file
from readmodel.generations import generation_table
from tests.projector.conftest import Backend
from tests.projector.scrubbed_site import SECRET, begin, erase, everywhere, is_right, publish, rebuild, scrubber, silent


def test_a_generation_that_is_kept_forgets_too(either: Backend) -> None:
    begin(either)
    id = publish(either)
    either.project()
    rebuild(either)
    erase(either, id)
    either.project()
    scrubber(either).step(Event())
    assert SECRET.encode() not in everywhere(either)
    assert is_right(either)


def test_a_generation_that_one_went_back_to_forgets_and_is_right(either: Backend) -> None:
    begin(either)
    id, other = publish(either), either.publish()
    either.project()
    rebuild(either)
    erase(either, id)
    either.like(other)
    either.project()
    scrubber(either).step(Event())
    either.rebuilder().switch_back()
    either.project()
    assert is_right(either)
    either.comment(other)
    either.project()
    assert is_right(either)
    scrubber(either).step(Event())
    assert SECRET.encode() not in everywhere(either)


def test_going_back_between_erasing_and_scrubbing_leaves_nothing(either: Backend) -> None:
    begin(either)
    id = publish(either)
    either.project()
    rebuild(either)
    erase(either, id)
    either.rebuilder().switch_back()
    either.project()
    housekeeping = scrubber(either)
    housekeeping.step(Event())
    assert SECRET.encode() not in everywhere(either)
    assert is_right(either)


def test_a_filled_generation_that_nobody_switched_to_forgets_too(either: Backend) -> None:
    begin(either)
    id = publish(either)
    either.project()
    either.rebuilder().fill(silent)
    erase(either, id)
    either.project()
    scrubber(either).step(Event())
    assert SECRET.encode() not in everywhere(either)


def test_an_abandoned_generation_is_dropped(either: Backend) -> None:
    begin(either)
    id = publish(either)
    either.project()
    fresh, _ = either.rebuilder().fill(silent)
    either.generations.lifecycle.lease(fresh.number).end()
    (left,) = generation_table.leased(either.generations.control)
    assert generation_table.take_over(either.generations.control, left)
    erase(either, id)
    either.project()
    scrubber(either).step(Event())
    assert SECRET.encode() not in everywhere(either)
    assert generation_table.listed(either.generations.control)[0]["state"] == "dropped"


def test_a_kept_generation_that_cant_be_folded_is_dropped(either: Backend) -> None:
    begin(either)
    id = publish(either)
    either.project()
    rebuild(either)
    with either.generations.open_kept(1).write() as connection:
        connection.execute(text("DROP TABLE words"))
    erase(either, id)
    either.project()
    housekeeping = scrubber(either)
    for _ in range(MAX_ATTEMPTS):
        housekeeping.step(Event())
    assert SECRET.encode() not in everywhere(either)
    assert not generation_file(either.generations.control, 1).exists()
    assert generation_table.whole(either.generations.control) == []
    assert is_right(either)

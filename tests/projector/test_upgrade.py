"""A generation that was filled for other read models than the code has is filled afresh, beside it, and replaced."""

import hashlib
import time
from collections import Counter
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import StaticPool, create_engine, text

from domain import ids, post
from domain.errors import Damaged
from eventstore.codec import EventCodec
from eventstore.upcasters import LAST_NAMED_BY_HANDLE
from projector.comparison import checksums
from projector.generation_upkeep import GenerationUpkeep
from projector.rebuild import Rebuilder
from projector.rebuild_requests import RebuildRequestHandler
from readmodel import catalogue
from readmodel.engine.model import Fact
from readmodel.engine.schema import metadata
from readmodel.generations.generations import POINTER_CACHE_S
from readmodel.posts import MODEL
from tests.domain.case import stream_of
from tests.eventstore.golden import all_golden
from tests.projector.conftest import Backend
from tests.projector.processes import Processes, eventually, generation_states

FIRST = ("BulkRemovalOrdered", "CaseOpened", "ReportJoined")
MAKING = (*FIRST, "Registered", "Published", "Added", "Granted", "Liked", "Filed", "Decided", "Lodged")
NEWER = ("words", "notifications")


@pytest.fixture
def upgraded(busy: Backend) -> Backend:
    """As data of a version that didn't have these read models stand under today's code."""
    with busy.generations.live().write() as connection:
        for table in NEWER:
            connection.exec_driver_sql(f"DELETE FROM {table}")
    with busy.generations.control.begin() as connection:
        connection.execute(text("UPDATE generations SET models = NULL"))
    time.sleep(POINTER_CACHE_S)
    return busy


@pytest.fixture
def processes(upgraded: Backend) -> Iterator[Processes]:
    processes = Processes(upgraded.folder)
    yield processes
    processes.close()


def count(backend: Backend, table: str) -> int:
    with backend.generations.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


@pytest.mark.slow
def test_projectors_that_start_fill_it_once_between_them_and_switch(upgraded: Backend, processes: Processes) -> None:
    code, said = processes.run("migrate")
    assert (code, upgraded.generations.live().number) == (0, 1), said
    assert "was filled for other read models: the projector fills a fresh one" in said
    code, said = processes.run("status")
    assert code == 0, said
    assert "filled for other read models" in said

    running = [processes.projector(), processes.projector()]
    eventually(lambda: generation_states(upgraded.generations).get(2) == "live")
    assert not upgraded.generations.is_outdated()
    for table in NEWER:
        assert count(upgraded, table) > 0
    receipt = upgraded.send(post_about("Afterwards"))
    assert upgraded.generations.wait(receipt, 10)
    assert all(process.poll() is None for process in running)
    assert generation_states(upgraded.generations) == {1: "previous", 2: "live"}
    code, said = processes.run("verify")
    assert code == 0, said
    code, said = processes.run("status")
    assert "other read models" not in said


def test_it_serves_meanwhile_and_what_comes_is_in_both(upgraded: Backend) -> None:
    upkeep = GenerationUpkeep(
        upgraded.generations, RebuildRequestHandler(upgraded.generations, upgraded.rebuilder()), upgraded.rebuilder()
    )
    assert upgraded.generations.is_outdated()
    upgraded.publish("Meanwhile")
    upgraded.project()
    assert count(upgraded, "posts") == 4
    upkeep.step(Event())
    assert not upgraded.generations.is_outdated()
    assert count(upgraded, "posts") == 4
    upkeep.step(Event())
    assert upgraded.generations.live().number == 2, "once is enough"
    assert upgraded.rebuilder().verify(lambda _: None).same


def test_what_stands_in_the_status_while_it_is_filled(upgraded: Backend) -> None:
    said: list[str] = []

    def look(_progress: object) -> None:
        rows = {row["number"]: row for row in upgraded.generations.status()["generations"]}
        said.append(rows[2]["note"])

    upgraded.rebuilder().replace_live("The read models are others.", look)
    assert said
    assert "The read models are others." in said[0]
    assert "11 of 11" in said[-1]


def test_the_fingerprint_tells_of_tables_columns_events_and_versions() -> None:
    models = catalogue.READ_MODELS
    own = catalogue.fingerprint_of(models)
    assert own == catalogue.fingerprint()
    assert own == catalogue.fingerprint_of(models[::-1]), "their order changes no row"
    assert own != catalogue.fingerprint_of(models[1:])
    newer = replace(MODEL, version=MODEL.version + 1)
    assert own != catalogue.fingerprint_of([newer if one is MODEL else one for one in models])
    fewer = replace(MODEL, folds=dict(list(MODEL.folds.items())[1:]))
    assert own != catalogue.fingerprint_of([fewer if one is MODEL else one for one in models])


def test_a_fill_that_met_damage_is_tried_again_soon(upgraded: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store may just be put back, and have a hole for a moment."""
    renew = Rebuilder.replace_live
    failures = [Damaged("position 2 is missing"), Damaged("position 3 is missing")]

    def damaged_at_first(*arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return renew(*arguments)

    monkeypatch.setattr(Rebuilder, "replace_live", damaged_at_first)
    rebuilder = upgraded.rebuilder()
    upkeep = GenerationUpkeep(upgraded.generations, RebuildRequestHandler(upgraded.generations, rebuilder), rebuilder)
    stop = Event()
    running = Thread(target=upkeep.run, args=(stop,))
    running.start()
    try:
        eventually(lambda: generation_states(upgraded.generations).get(2) == "live", seconds=20)
    finally:
        stop.set()
        running.join()


def test_a_fold_that_gives_other_rows_has_another_fingerprint() -> None:
    """Every stored kind of event, folded. Where the rows have changed and the fingerprint hasn't: raise the `version`
    of the read model that you changed, so that generations of before are filled afresh. Then note both here."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    metadata.create_all(engine)
    with engine.begin() as connection:
        for fact in every_kind():
            catalogue.apply(connection, [fact])
        rows = "".join(sum.sha256 for _, sum in sorted(checksums(connection).items()))
    found = catalogue.fingerprint()[:16], hashlib.sha256(rows.encode()).hexdigest()[:16]
    assert found == ("868476a61bac6ddc", "37cefd5c942db09d")


def every_kind() -> Iterator[Fact]:
    """What makes a thing comes first, and only in its newest schema, what takes it away last."""
    ending = ("Erased", "Removed", "Suspended", "Revoked", "Unliked")
    golden = all_golden()
    older = {(type, schema) for type, schema in golden if type.endswith(MAKING) and (type, schema + 1) in golden}
    # What named people by handles is converted, never folded: docs/decisions/0095.
    older |= {(type, schema) for type, schema in golden if schema <= LAST_NAMED_BY_HANDLE.get(type, 0)}
    events = [EventCodec().decode(one.event, one.document()) for key, one in golden.items() if key not in older]
    events.sort(
        key=lambda event: (
            event.type not in FIRST, not event.type.endswith(MAKING), event.type.endswith(ending), event.type,
        )
    )  # fmt: skip
    versions: Counter[str] = Counter()
    for position, event in enumerate(events, 1):
        stream = stream_of(event)
        versions[stream] += 1
        yield Fact(
            event=event, stream=stream, version=versions[stream], actor="ada", commit=f"commit-{position}",
            at=f"2026-01-01T00:00:{position:02}.000000Z", position=position, erased=event.type.endswith("Erased"),
        )  # fmt: skip


def post_about(title: str) -> post.NewPost:
    return post.NewPost(post=ids.uuid7(), title=title, body="words")

"""Real processes over an event store that is put back: stopped meanwhile, as operations.md says, or running on."""

import shutil
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from domain.errors import Unavailable
from eventstore.sqlite.store import SqliteEventStore
from readmodel.generations.generations import POINTER_CACHE_S
from tests.projector.conftest import Backend
from tests.projector.processes import Processes, eventually, generation_states
from tests.projector.restoring import backed_up
from tests.projector.test_restored import publish_posts, shown

pytestmark = pytest.mark.slow


@pytest.fixture
def processes(backend: Backend) -> Iterator[Processes]:
    processes = Processes(backend.folder)
    yield processes
    processes.close()


def test_stopped_restored_and_started_as_operators_are_told(backend: Backend, processes: Processes) -> None:
    backend.register("ann")
    kept = publish_posts(backend, 5)
    backend.project()
    backend.stop()
    shutil.copy(backend.folder / "events.db", backend.folder / "backup.db")
    backend.start()
    lost = publish_posts(backend, 8)
    backend.project()
    backend.stop()
    (backend.folder / "events.db").unlink()
    shutil.copy(backend.folder / "backup.db", backend.folder / "events.db")

    code, said = processes.run("migrate")
    assert code == 0, said
    for command in ("status", "verify", "replay"):
        code, said = processes.run(command)
        assert code == (0 if command == "status" else 1), said
        assert "the event store ends at 6" in said
        assert "Lag −" not in said
        assert "Lag -" not in said

    backend.start()
    new = publish_posts(backend, 3)
    projector = processes.projector()
    eventually(lambda: generation_states(backend.generations).get(2) == "live")
    new += publish_posts(backend, 40)
    eventually(lambda: all(shown(backend, id) == 1 for id in [*kept, *new]))
    assert [shown(backend, id) for id in lost] == [0] * 8
    code, said = processes.run("verify")
    assert code == 0, said
    code, said = processes.run("status")
    assert "mismatch" not in said
    assert projector.poll() is None


def test_restored_under_a_running_projector(backend: Backend, processes: Processes) -> None:
    backend.register("ann")
    publish_posts(backend, 5)
    restore = backed_up(backend)
    processes.projector()
    lost = publish_posts(backend, 8)
    eventually(lambda: all(shown(backend, id) == 1 for id in lost))
    restore()
    new = publish_posts(backend, 30)
    eventually(lambda: generation_states(backend.generations).get(2) == "live")
    eventually(lambda: all(shown(backend, id) == 1 for id in new))
    assert [shown(backend, id) for id in lost] == [0] * 8
    code, said = processes.run("verify")
    assert code == 0, said


def test_a_rebuild_by_hand_is_all_that_it_takes_where_no_projector_runs(backend: Backend, processes: Processes) -> None:
    backend.register("ann")
    restore = backed_up(backend)
    lost = publish_posts(backend, 8)
    backend.project()
    restore()
    code, said = processes.run("rebuild")
    assert code == 0, said
    assert "the event store ends at 1" in said
    time.sleep(POINTER_CACHE_S)
    assert [shown(backend, id) for id in lost] == [0] * 8
    code, said = processes.run("rebuild", "--back")
    assert code == 1
    assert "no earlier generation" in said


def test_a_file_put_in_place_of_one_in_use_is_refused_until_a_restart(backend: Backend) -> None:
    """SQLite goes by names: who goes on with the old file would take what belongs to the new one with it."""
    backend.register("ann")
    path = backend.folder / "events.db"
    shutil.copy(path, backend.folder / "backup.db")
    (backend.folder / "backup.db").rename(path)
    with pytest.raises(Unavailable, match="Another file was put in place of the event store"):
        backend.publish()
    with pytest.raises(Unavailable, match="Another file"):
        backend.store.head()
    path.unlink()
    with pytest.raises(Unavailable, match="isn't there"):
        backend.store.head()
    assert not path.exists(), "and none is made in its place"


def test_a_store_opened_anew_takes_the_file_that_is_there(backend: Backend) -> None:
    backend.register("ann")
    backend.store.close()
    with closing(SqliteEventStore(backend.folder / "events.db")) as store:
        assert store.head()[0] == 1

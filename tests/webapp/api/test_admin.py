"""What admins ask of the site itself."""

from threading import Event

from eventstore.codec import EventCodec
from eventstore.log.partitions import StorePartitions
from operational import backup_runs
from operational.backup_runs import BackupRun
from projector.folding import CommitFolder
from projector.rebuild import Rebuilder
from projector.rebuild_requests import RebuildRequestHandler
from tests.webapp.api.conftest import Api


def test_a_rebuild_is_asked_for_watched_and_done(api: Api):
    root = api.program("root", "admin")
    before = root.get("/admin/status").json
    assert before["lag"] == 0
    assert before["dead_letters"] == []
    asked = root.post("/admin/rebuild", Idempotency_Key="k")
    assert (asked.status_code, asked.headers["Location"]) == (202, "/api/v1/admin/status")
    assert asked.json["state"] == "waiting"
    assert root.post("/admin/rebuild", Idempotency_Key="k").data == asked.data
    world = api.world
    folder = CommitFolder(world.store, EventCodec())
    rebuilder = Rebuilder(world.generations, world.store, folder, StorePartitions())
    RebuildRequestHandler(world.generations, rebuilder).step(Event())
    after = root.get("/admin/status").json
    assert after["generation"] == before["generation"] + 1
    assert after["backups"] == []
    run = BackupRun(kind="backup", at="2026-01-01T00:00:00.000000Z", position=7, milliseconds=1500)
    backup_runs.record(world.generations.control, run)
    assert root.get("/admin/status").json["backups"] == [
        {"kind": "backup", "at": "2026-01-01T00:00:00.000000Z", "position": 7, "seconds": 1.5}
    ]
    assert (after["rebuilds"][0]["state"], after["rebuilds"][0]["asked_by"]) == ("done", "root")


def test_an_admin_whose_suspension_is_over_is_one_again(api: Api):
    root = api.program("root", "admin")
    api.program("ada")
    api.free_again("root")
    assert root.get("/admin/status").status_code == 200
    assert root.post("/admin/rebuild").status_code == 202
    assert root.delete("/handles/nobody").status_code != 403
    assert root.post("/accounts/ada/suspend", {"reason": "Spam."}).status_code == 200
    assert root.get("/events").status_code == 200
    api.suspended("root")
    assert root.get("/admin/status").status_code == 403

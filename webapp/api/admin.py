"""For admins: how the site is, and a rebuild of its read models (the seed's RestoreReadDb)."""

from typing import Literal

import msgspec

from domain.ids import now
from domain.rights import require_active, require_admin
from operational import backup_runs
from operational import rebuild_requests as rebuilds
from operational.idempotency import id_for
from webapp.server import health as ops
from webapp.site import database, site

from .operations import Call, Operation, Reply, location
from .schema import fields, response_bodies


class DeadLetter(response_bodies.Answer, frozen=True, kw_only=True):
    """A stream that waits for a repair, from this version on."""

    stream: str
    version: int
    error: str
    attempts: int
    parked_at: fields.Moment


class Generation(response_bodies.Answer, frozen=True, kw_only=True):
    """One copy of the read model. position is how far it was filled."""

    number: int
    state: str
    position: int
    started_at: fields.Moment
    note: str


class Rebuild(response_bodies.Answer, frozen=True, kw_only=True):
    """state: waiting, running, done, failed. generation is the one that it fills."""

    id: str
    state: str
    asked_by: str
    asked_at: fields.Moment
    generation: int | None
    ended_at: fields.Moment | None
    note: str


class BackupRun(response_bodies.Answer, frozen=True, kw_only=True):
    """The last success of one kind: when it ended, which position it reached, how long it took."""

    kind: Literal["backup", "rehearsal"]
    at: fields.Moment
    position: int
    seconds: float


class PartitionBehind(response_bodies.Answer, frozen=True, kw_only=True):
    """One part of the log: commits that aren't shown yet, and how long the oldest of them has waited."""

    partition: int
    commits: int
    seconds: float


class Status(response_bodies.Answer, frozen=True, kw_only=True):
    """position: commits in the store; checkpoint: of the newest one that the lists show.

    lag: commits that were acknowledged and aren't shown yet; lag_seconds: how long the oldest of them has waited;
    unsequenced: how many of them have no position yet; partitions: the parts of the log that are behind.
    """

    position: int | None
    checkpoint: int
    lag: int | None
    lag_seconds: float | None
    unsequenced: int | None
    partitions: list[PartitionBehind]
    generation: int
    dead_letters: list[DeadLetter]
    generations: list[Generation]
    rebuilds: list[Rebuild]
    backups: list[BackupRun]


def rebuild(call: Call) -> Reply:
    """Ask for a rebuild: a new read model is filled from the events beside the live one, then takes its place."""
    _admin(call)
    account = call.caller.account
    row = rebuilds.request(database.control(), id_for(account, call.key), account)
    return Reply(_rebuild(row), location("/admin/status"))


def show_status(call: Call) -> Reply:
    """Lag, generations, dead letters, and how rebuilds stand."""
    _admin(call)
    found, health = site.current().live.status(), ops.health()
    return Reply(
        Status(
            position=health.position,
            checkpoint=found["checkpoint"],
            lag=health.lag,
            lag_seconds=health.lag_seconds,
            unsequenced=health.unsequenced,
            partitions=[_part(PartitionBehind, msgspec.structs.asdict(one)) for one in health.partitions or ()],
            generation=found["generation"],
            dead_letters=[_part(DeadLetter, letter) for letter in found["dead_letters"]],
            generations=[_part(Generation, row) for row in found["generations"]],
            rebuilds=[_rebuild(row) for row in rebuilds.listed(database.control())],
            backups=[
                BackupRun(kind=run.kind, at=run.at, position=run.position, seconds=run.seconds)
                for run in backup_runs.last(database.control()).values()
            ],
        )
    )


def _admin(call: Call) -> None:
    account = site.current().bus.aggregates().account(call.caller.account).as_of(now())
    require_active(account)
    require_admin(account)


def _rebuild(row: dict[str, object]) -> Rebuild:
    """asked_by: the handle of today."""
    by = site.current().bus.aggregates().called(str(row["asked_by"]))
    return _part(Rebuild, {**row, "asked_by": by})


def _part(kind, row):  # type: ignore[no-untyped-def]
    return kind(**{name: row[name] for name in kind.__struct_fields__})


OPERATIONS = (
    Operation(
        method="POST", path="/admin/rebuild", handler=rebuild, scope="moderate",
        answer=Rebuild, status=202, queues=True,
    ),
    Operation(method="GET", path="/admin/status", handler=show_status, scope="moderate", answer=Status),
)  # fmt: skip

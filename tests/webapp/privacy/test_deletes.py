"""The page against what is deleted: of each kind with a period, what is a little younger stays, a little older goes.

The periods are none of the defaults; what deletes is what deletes on a site.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import pytest
from sqlalchemy import select, update

from backup import writing
from backup.folder import BackupFolder
from backup.writing import back_up
from domain import account, ids, post
from domain.messages import Envelope
from eventstore.erasure_ledger import LedgerFile
from eventstore.kafka.producer import place, set_retention
from operational.expiry import EXPIRIES
from operational.tables import takeout_files, takeout_pieces, takeouts
from projector.expiry import ExpirySweeper
from retention import Retention
from takeout.maker import TakeoutMaker
from tests.operational.aged_rows import how_many, insert
from tests.people import id_of
from tests.webapp.conftest import World
from tests.webapp.privacy.rows_of_page import rows_of_page
from webapp.privacy.catalogue import KINDS
from webapp.privacy.kinds import Configured, Fixed, Kind
from webapp.privacy.operation import COUNTED_BY_ADDRESS, COUNTED_BY_HANDLE
from webapp.site import i18n, rate_counters
from webapp.site.rate_counters import Counts, Limit

ODD = Retention(**{field: timedelta(days=11 + nth) for nth, field in enumerate(Retention.__struct_fields__)})
MOMENT = timedelta(minutes=5)


class Case(NamedTuple):
    """A kind with a period, on a site that is configured so."""

    kind: Kind
    world: World
    folder: Path
    monkeypatch: pytest.MonkeyPatch

    @property
    def kept(self) -> timedelta:
        span = self.kind.kept.span(ODD)
        assert span is not None
        return span


def swept_rows(case: Case) -> None:
    """Rows beside the read model, and the projector's own sweeper."""
    assert isinstance(case.kind.kept, Configured)
    (expiry,) = (one for one in EXPIRIES if one.period == case.kind.kept.period)
    control = case.world.generations.control
    assert expiry.table.name in case.kind.tables
    insert(control, expiry, case.kept - MOMENT)
    insert(control, expiry, case.kept + MOMENT)
    ExpirySweeper(control, ODD).step(Event())
    assert how_many(control, expiry) == 1


def made_takeouts(case: Case) -> None:
    """Two, and the maker's own pruning: of the older one no piece is left."""
    world, control = case.world, case.world.generations.control
    maker = TakeoutMaker(world.generations, world.store, "https://site.example", retention=ODD)
    ages = {"ada": case.kept - MOMENT, "bob": case.kept + MOMENT}
    people = {handle: world.person(handle) for handle in ages}
    for person in people.values():
        person.send("/settings/export")
        assert maker.look(Event())
    with control.begin() as connection:
        for handle, age in ages.items():
            mine = update(takeouts).where(takeouts.c.account == world.id(handle))
            connection.execute(mine.values(ended_at=ids.from_now(-age)))
    assert "It is ready" in people["ada"].see("/settings/export").text
    assert "You have none now" in people["bob"].see("/settings/export").text
    maker.prune()
    with control.connect() as connection:
        (left,) = connection.execute(select(takeouts.c.id, takeouts.c.account))
        assert left.account == world.id("ada")
        for table in (takeout_files, takeout_pieces):
            assert {*connection.execute(select(table.c.takeout)).scalars()} == {left.id}


def shown_notifications(case: Case) -> None:
    """Two mentions, and the pages of whom they mention."""
    world, long_ago = case.world, ids.from_now(-2 * case.kept)
    for handle in ("ada", "bob"):
        registration = account.RegisterAccount(account=id_of(handle), handle=handle)
        world.bus.send(registration, Envelope(actor=handle, at=long_ago))
    ada = world.logged_in("ada")
    for title, age in (("Quokkas", case.kept - MOMENT), ("Axolotls", case.kept + MOMENT)):
        new = post.NewPost(post=ids.uuid7(), title=title, body="@ada")
        world.bus.send(new, Envelope(actor="bob", at=ids.from_now(-age)))
    page = ada.see("/notifications").text
    assert "Quokkas" in page
    assert "Axolotls" not in page
    assert ">1<span" in ada.get("/notifications/count", headers={"HX-Request": "true"}).get_data(as_text=True)


def counted(limits: tuple[Limit, ...]) -> Callable[[Case], None]:
    """A hit of the longest window of these, and the sweep of the counters."""

    def counts(case: Case) -> None:
        longest = max(limits, key=lambda limit: limit.seconds)
        counted, now = Counts(None, "a key"), [1_000_000.0]
        case.monkeypatch.setattr(rate_counters.time, "time", lambda: now[0])
        counted.hit(longest, "write:192.0.2.77/32")
        now[0] += (case.kept - MOMENT).total_seconds()
        counted.clear_ended()
        assert any(counted._memory[:])
        now[0] += 2 * MOMENT.total_seconds()
        counted.clear_ended()
        assert not any(counted._memory[:])

    return counts


def pruned_backups(case: Case) -> None:
    """Sets of backups that began at these times, and the next backup."""
    case.world.person("ada")
    backups, began = BackupFolder(case.folder / "backups"), datetime.now(UTC)

    def at(age: timedelta) -> list[str]:
        case.monkeypatch.setattr(writing.ids, "now", lambda: ids.to_iso_utc(began - age))
        back_up(case.world.store, backups, LedgerFile(case.folder / "erasures"), keep=ODD.backups)
        return backups.names()

    (older,) = at(case.kept + MOMENT)
    assert older in at(2 * MOMENT)
    assert older not in at(timedelta(0))


def set_topic(case: Case) -> None:
    """What Kafka is told of a topic that keeps its messages for another time: it deletes them by itself."""

    class Admin:
        def describe_configs(self, asked: list[Any]) -> Any:
            return {"topic": {asked[0].name: {"retention.ms": {"value": "1"}}}}

        def alter_configs(self, asked: list[Any]) -> Any:
            self.told = asked[0].configs
            return {"topic": {asked[0].name: "OK"}}

    admin = Admin()
    where = place("kafka://a:1/t")
    set_retention(admin, type(where)(servers=where.servers, topic=where.topic, retention=ODD.topic))
    assert admin.told == {"retention.ms": str(int(case.kept.total_seconds() * 1000))}


def cookie(case: Case) -> None:
    """What a browser is told of the cookie."""
    answer = case.world.visitor().client.post("/language", data={"language": "de"})
    (told,) = (value for value in answer.headers.getlist("Set-Cookie") if value.startswith(i18n.COOKIE))
    assert f"Max-Age={int(case.kept.total_seconds())};" in told


def stranger_cookie(case: Case) -> None:
    """What a browser is told once the form of a report is opened without an account."""
    case.world.person("reported")
    answer = case.world.visitor().client.get(f"/report/post-{case.world.post('reported')}")
    (told,) = (value for value in answer.headers.getlist("Set-Cookie") if "Expires=" in value)
    expires = parsedate_to_datetime(told.partition("Expires=")[2].partition(";")[0])
    assert abs(expires - datetime.now(UTC) - case.kept) < timedelta(minutes=1)


def no_log_of_ours(case: Case) -> None:
    """Verbatim has no log to delete: nothing that it serves leaves a file with what was asked for."""
    case.world.visitor().get("/search?q=xylophone")
    files = [path for path in case.folder.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if b"xylophone" in path.read_bytes() or path.suffix == ".log"] == []


PROOFS: dict[str, Callable[[Case], None]] = {
    "sessions": swept_rows,
    "drafts": swept_rows,
    "visits": swept_rows,
    "token-uses": swept_rows,
    "answers": swept_rows,
    "takeouts": made_takeouts,
    "deliveries": swept_rows,
    "failed-deliveries": swept_rows,
    "notifications": shown_notifications,
    "counted-addresses": counted(COUNTED_BY_ADDRESS),
    "counted-passwords": counted(COUNTED_BY_HANDLE),
    "backups": pruned_backups,
    "topic": set_topic,
    "language-cookie": cookie,
    "report-cookie": stranger_cookie,
    "logs": no_log_of_ours,
}
"""Row → what shows that its period is kept to."""
PERIODS = {kind.id: kind for kind in KINDS if isinstance(kind.kept, Configured | Fixed)}


def test_no_row_says_a_period_without_proof() -> None:
    assert PROOFS.keys() == PERIODS.keys()


@pytest.mark.parametrize("id", PROOFS)
def test_what_the_page_says_is_what_is_deleted(
    build: Callable[..., World], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, id: str
) -> None:
    world = build(retention=ODD, has_topic=True)
    case = Case(PERIODS[id], world, tmp_path, monkeypatch)
    with world.app.test_request_context():
        said = i18n.span(case.kept)
    assert rows_of_page(world.visitor())[id][2].startswith(f"{said} ")
    PROOFS[id](case)

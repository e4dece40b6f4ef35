"""Twenty moderators race on a hundred cases: each is decided once for all that came, and nothing unseen is decided."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from domain import ids
from domain.bus import operator
from domain.moderation.case import CaseClaimed, CaseReleased, JoinReport, ReportJoined, stream
from domain.moderation.decision import CaseDecided
from tests.webapp.api.conftest import Program
from tests.webapp.api.desk.conftest import Desk

pytestmark = pytest.mark.slow

MODERATORS, CASES, STILL_REPORTED = 20, 100, 30
"""To so many of the cases reports still come while they are decided."""


class Race:
    """accepted: case → of each decision the version that it left, and the one that If-Match named."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.over = threading.Event()
        self.accepted: dict[str, list[tuple[int, int]]] = {}
        self.targets = [f"post-{desk.ada.new_post()}" for _ in range(CASES)]
        for target in self.targets:
            self.report(target)

    def report(self, target: str) -> None:
        now = ids.now()
        command = JoinReport(target=target, report=ids.uuid7(), reporter=ids.uuid7(), version=1, now=now)
        self.desk.world.bus.send(command, operator(now))

    def project(self) -> None:
        while not self.over.wait(0.01):
            self.desk.world.bus.catch_up()

    def keep_reporting(self) -> None:
        for _ in range(2 * STILL_REPORTED):
            self.report(random.choice(self.targets[:STILL_REPORTED]))
            self.over.wait(0.02)

    def moderate(self, by: Program) -> None:
        while True:
            waiting = [item["id"] for item in by.get("/moderation/cases?state=open&limit=100").json["items"]]
            if not waiting and by.get("/moderation/cases?limit=1").json["items"] == []:
                return
            for target in random.sample(waiting, len(waiting)):
                self.work_on(by, target)

    def work_on(self, by: Program, target: str) -> None:
        address = f"/moderation/cases/{target}"
        if by.put(f"{address}/claim?wait=none").status_code != 200:
            return
        case = by.get(address)
        if case.json["state"] == "decided":
            by.delete(f"{address}/claim?wait=none")
            return
        seen = int(case.headers["ETag"].strip('"'))
        body = {"acts": ["none"], "reason": "Seen."}
        answer = by.post(f"{address}/decision?wait=none", body, If_Match=f'"{seen}"')
        if answer.status_code == 200:
            self.accepted.setdefault(target, []).append((answer.json["version"], seen))
        else:
            assert answer.status_code in (409, 412), answer.json
            by.delete(f"{address}/claim?wait=none")


def test_each_case_is_decided_once_and_nothing_unseen_is(desk: Desk) -> None:
    moderators = [desk.api.program(f"mod{n}", "moderator") for n in range(MODERATORS)]
    race = Race(desk)
    desk.world.bus.lags = True
    with ThreadPoolExecutor(MODERATORS + 2) as pool:
        projecting, reporting = pool.submit(race.project), pool.submit(race.keep_reporting)
        working = [pool.submit(race.moderate, one) for one in moderators]
        try:
            reporting.result(120)
            for one in working:
                one.result(240)
        finally:
            race.over.set()
        projecting.result()
    for number, target in enumerate(race.targets):
        _check(desk, target, race.accepted.get(target, []), reported=number < STILL_REPORTED)


def _check(desk: Desk, target: str, accepted: list[tuple[int, int]], *, reported: bool) -> None:
    """By the store: each decision by whoever had the claim, of all that had come, once for what came."""
    seen = dict(accepted)
    claimed_by, news, decided = "", 0, 0
    actors = {commit.last: commit.actor for commit in desk.world.store.load(stream(target))}
    for version, event in desk.world.bus.aggregates().events(stream(target)):
        actor = next(actor for last, actor in actors.items() if version <= last)
        match event:
            case CaseClaimed():
                assert claimed_by in ("", actor)
                claimed_by = actor
            case CaseReleased():
                claimed_by = ""
            case ReportJoined():
                news = version
            case CaseDecided():
                assert claimed_by == actor
                assert decided < news <= seen.pop(version)
                decided, claimed_by = version, ""
    assert decided > news
    assert not seen
    assert reported or len(accepted) == 1

"""Twenty moderators race on a hundred cases: each is decided once for all that came, and nothing unseen is decided."""

import random
import threading
from collections import Counter
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
        self.statuses: Counter[int] = Counter()
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

    def moderate(self, by: Program, *, hasty: bool) -> None:
        """hasty: decides by the version in the queue, without another look at the case."""
        while True:
            waiting = by.get("/moderation/cases?state=open&limit=100").json["items"]
            if not waiting and by.get("/moderation/cases?limit=1").json["items"] == []:
                return
            for item in random.sample(waiting, len(waiting)):
                self.work_on(by, item["id"], item["version"] if hasty else None)

    def work_on(self, by: Program, target: str, seen: int | None) -> None:
        address = f"/moderation/cases/{target}"
        if by.put(f"{address}/claim?wait=none").status_code != 200:
            return
        seen = self.version(by, address) if seen is None else seen
        if seen and self.decide(by, target, seen):
            return
        by.delete(f"{address}/claim?wait=none")

    def version(self, by: Program, address: str) -> int | None:
        """None where it is decided."""
        case = by.get(address)
        return None if case.json["state"] == "decided" else int(case.headers["ETag"].strip('"'))

    def decide(self, by: Program, target: str, seen: int) -> bool:
        body = {"acts": ["none"], "reason": "Seen."}
        address = f"/moderation/cases/{target}/decision?wait=none"
        answer = by.post(address, body, If_Match=f'"{seen}"')
        self.statuses[answer.status_code] += 1
        if answer.status_code == 200:
            self.accepted.setdefault(target, []).append((answer.json["version"], seen))
        return answer.status_code == 200


def test_each_case_is_decided_once_and_nothing_unseen_is(desk: Desk) -> None:
    moderators = [desk.api.program(f"mod{n}", "moderator") for n in range(MODERATORS)]
    race = Race(desk)
    desk.world.bus.lags = True
    with ThreadPoolExecutor(MODERATORS + 2) as pool:
        projecting, reporting = pool.submit(race.project), pool.submit(race.keep_reporting)
        working = [pool.submit(race.moderate, one, hasty=number % 2 == 0) for number, one in enumerate(moderators)]
        try:
            reporting.result(120)
            for one in working:
                one.result(240)
        finally:
            race.over.set()
        projecting.result()
    assert set(race.statuses) <= {200, 409, 412, 503}
    assert race.statuses[412] > 0
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

"""A site on which things are reported and decided; what moderation.follower sends is sent by hand."""

from datetime import timedelta
from typing import Any

from domain import ids, rights
from domain.moderation import appeal, case, decision, report
from domain.moderation.terms import later
from tests.people import id_of
from tests.readmodel.site import Site

NOW = "2026-01-01T00:30:00.000000Z"
"""Later than anything that is sent here."""


class Desk:
    def __init__(self, site: Site) -> None:
        self.site = site

    @property
    def now(self) -> str:
        """The time of the next command."""
        return later(self.site.facts[-1].at, timedelta(seconds=1))

    def report(
        self, target: str, by: str = "bob", category: str = "spam", text: str = "Look.", version: int = 1, **more: Any
    ) -> str:
        """Files a report and joins it to its case; gives its id."""
        id = ids.uuid7()
        self.site.send(
            report.FileReport(
                report=id, target=target, version=version, category=category, text=text, now=self.now, **more
            ),
            by,
        )
        self.join(target, id, more.get("stranger") or id_of(by), version)
        return id

    def join(self, target: str, report: str, reporter: str, version: int = 1) -> None:
        joined = case.JoinReport(target=target, now=self.now, report=report, reporter=reporter, version=version)
        self.site.send(joined, rights.OPERATOR)

    def claim(self, target: str, by: str = "mod") -> None:
        self.site.send(case.Claim(target=target, now=self.now), by)

    def decide(self, target: str, *acts: str, by: str = "mod", reason: str = "So.", **more: Any) -> str:
        """Claims and decides; gives the decision's id."""
        self.claim(target, by)
        id = ids.uuid7()
        self.site.send(
            decision.Decide(target=target, decision=id, acts=acts, reason=reason, now=self.now, **more), by
        )  # fmt: skip
        return id

    def carry_out(self, target: str, decision_id: str, *done: str) -> None:
        record = decision.RecordCarriedOut(target=target, decision=decision_id, done=done, skipped=())
        self.site.send(record, rights.OPERATOR)

    def appeal(self, target: str, decision_id: str, by: str = "ann", text: str = "No.") -> str:
        id = ids.uuid7()
        self.site.send(
            appeal.Lodge(appeal=id, target=target, decision=decision_id, text=text, now=self.now), by
        )  # fmt: skip
        return id

"""Rows of moderation are the same whatever order streams come in, and none of it is in anybody else's rows."""

import random
from typing import Any

import pytest

from domain.moderation import appeal, case, report, standing
from readmodel.engine.model import Fact
from readmodel.engine.queries import AccountByHandle
from readmodel.moderation.queries import CaseById
from tests.people import id_of
from tests.readmodel.moderation.desk import NOW, Desk
from tests.readmodel.moderation.story import tell
from tests.readmodel.site import empty_tables, fold, rows
from tests.readmodel.test_order import folded, miscounts

OWN = frozenset(
    {
        "account_notes", "appeal_replies", "appeals", "case_notes", "case_reports", "cases", "decisions",
        "moderation_words", "reporter_counts", "reporting_pauses", "reports", "strikes", "moderation_notices",
        "warnings",
    }
)  # fmt: skip


def test_the_story_has_every_kind_of_event(desk: Desk) -> None:
    tell(desk)
    every: list[Any] = [*report.EVENTS, *case.EVENTS, *appeal.EVENTS, *standing.EVENTS]
    missing = {one.type for one in every} - {fact.event.type for fact in desk.site.facts}
    assert missing <= {"CaseReopened"}


@pytest.mark.parametrize("seed", range(6))
def test_any_order_and_any_batches_give_the_same_rows(desk: Desk, seed: int) -> None:
    tell(desk)
    expected, mixer = rows(desk.site.engine), random.Random(seed)
    assert miscounts(desk.site.engine) == []
    for facts in (desk.site.facts, desk.site.stored()):
        for _ in range(3):
            engine = folded(facts, mixer)
            assert rows(engine) == expected
            engine.dispose()


def test_nobody_else_sees_anything_of_it(desk: Desk) -> None:
    """Without the facts that are secret all other tables are the same, but for the versions of accounts."""
    tell(desk)
    engine = empty_tables()
    fold(engine, [fact for fact in desk.site.stored() if not _is_of_moderation(fact)])
    apart, whole = rows(engine), rows(desk.site.engine)
    for name in whole.keys() - OWN - {"accounts"}:
        assert apart[name] == whole[name], name
    assert all(whole[name] for name in OWN)


def _is_of_moderation(fact: Fact) -> bool:
    every: list[Any] = [*report.EVENTS, *case.EVENTS, *appeal.EVENTS, *standing.EVENTS]
    return type(fact.event) in every


def test_versions_of_rows_are_those_of_their_streams(desk: Desk) -> None:
    targets = tell(desk)
    versions = {fact.stream: fact.version for fact in desk.site.facts}
    for target in targets:
        assert desk.site.ask(CaseById(case=target, now=NOW)).case.version == versions[f"case-{target}"]
    for handle in ("ann", "bob", "cid"):
        assert desk.site.ask(AccountByHandle(handle=handle)).version == versions[f"account-{id_of(handle)}"]

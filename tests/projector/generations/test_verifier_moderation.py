"""The background verifier on the rows of moderation: what isn't a fold of its stream, or counts wrong, is put right."""

import pytest
from sqlalchemy import text

from domain import account, ids, rights
from domain.moderation import appeal, case, decision, report, standing
from domain.moderation.terms import later
from projector.comparison import checksums
from readmodel.generations import repairs
from tests.people import id_of
from tests.projector.conftest import Backend

DAMAGE = (
    "UPDATE cases SET state = 'open', claimed_by = 'zoe'",
    "UPDATE cases SET score = 7",
    "UPDATE cases SET categories = 0",
    "DELETE FROM cases",
    "DELETE FROM case_reports",
    "UPDATE case_reports SET acted = 0",
    "DELETE FROM case_notes",
    "DELETE FROM reporter_counts",
    "UPDATE reporter_counts SET upheld = 9",
    "UPDATE reports SET category = 'other'",
    "DELETE FROM reports",
    "UPDATE decisions SET acts = 'none'",
    "DELETE FROM decisions",
    "UPDATE appeals SET resolved = 1",
    "DELETE FROM appeals",
    "DELETE FROM appeal_replies",
    "UPDATE moderation_words SET said = 'forged'",
    "DELETE FROM moderation_words",
    "DELETE FROM warnings",
    "UPDATE strikes SET points = 9",
    "DELETE FROM reporting_pauses",
    "DELETE FROM account_notes",
)


def fill(backend: Backend) -> Backend:
    """Something in every table of moderation, all of it shown."""
    backend.register("ann", "bob", "mod")
    backend.send(account.GrantRole(handle="mod", role="moderator"), rights.OPERATOR)
    target = f"post-{backend.publish()}"
    found, made = ids.uuid7(), ids.uuid7()
    backend.send(
        report.FileReport(report=found, target=target, version=1, category="spam", text="Look.", now=ids.now()), "bob"
    )
    joined = case.JoinReport(target=target, report=found, reporter=id_of("bob"), version=1, now=ids.now())
    backend.send(joined, rights.OPERATOR)
    backend.send(case.Claim(target=target, now=ids.now()), "mod")
    backend.send(case.AddNote(target=target, text="Hm.", now=ids.now()), "mod")
    decide = decision.Decide(target=target, decision=made, acts=("warn",), reason="Spam.", now=ids.now())
    backend.send(decide, "mod")
    lodge = appeal.Lodge(appeal=ids.uuid7(), target=target, decision=made, text="No.", now=ids.now())
    backend.send(lodge, "ann")
    backend.send(appeal.Reply(target=target, decision=made, account=id_of("ann"), text="Please."), "ann")
    expires = later(ids.now(), standing.STRIKE_TERM)
    for command in (
        standing.Warn(handle="ann", decision=made, reason="Spam."),
        standing.AddStrike(handle="ann", decision=made, points=2, expires=expires, reason="Spam."),
        standing.NoteAccount(handle="ann", text="Again."),
        standing.PauseReporting(handle="bob", until=expires, reason="Bad faith.", now=ids.now()),
    ):
        backend.send(command, "mod")
    backend.project()
    return backend


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found_reported_and_repaired(backend: Backend, damage: str) -> None:
    busy = fill(backend)
    live = busy.generations.live()
    with live.snapshot() as connection:
        right = checksums(connection)
    with live.write() as connection:
        assert connection.execute(text(damage)).rowcount > 0
    verifier = busy.verifier()
    for _ in range(2):
        for commit in busy.store.read(0, 1000):
            verifier.check_with_related(live, commit)
    assert repairs.newest(busy.generations.control) != []
    with live.snapshot() as connection:
        assert checksums(connection) == right


def test_a_rebuild_gives_the_rows_that_live_folding_gave(either: Backend) -> None:
    assert fill(either).rebuilder().verify(lambda _: None).same

"""The model that the machine is held against finds each broken rule, so that the machine can fail."""

import msgspec
import pytest

from domain import post
from domain.commit import Commit
from domain.messages import Event
from domain.moderation.case import CaseClaimed, CaseReleased, NoteAdded, ReportJoined
from domain.moderation.decision import CaseDecided
from tests.domain.case import AT, POST
from tests.domain.moderation.claims_model import Model
from tests.domain.moderation.desk import ADA, BOB, DECISION, MOD, OTHER, REPORT, ROOT, SUE, TARGET, after

UNTIL = after(minutes=15)
CLAIMED = CaseClaimed(target=TARGET, claimed_until=UNTIL)
JOINED = ReportJoined(target=TARGET, report=REPORT, reporter=BOB, version=1, text_version=1)
DECIDED = CaseDecided(
    target=TARGET, decision=DECISION, author=ADA, acts=("none",), text_version=1, reports=(REPORT,), basis="report",
    decided_at=AT, appeal_until=AT,
)  # fmt: skip
EDITED = post.PostEdited(post=POST, title="t", body="b", url="")


def see(*told: tuple[str, str, Event]) -> None:
    """Events of the case, each by whom and when; that of a post is of version 2."""
    model = Model(admins={ROOT})
    for version, (actor, at, event) in enumerate(told, 1):
        commit = Commit(actor=actor, at=at, events=(), first=version, id="", key="", stream=f"post-{POST}")
        model.see(commit, 2 if isinstance(event, post.PostEdited) else version, event)


def test_what_is_right_is_right():
    see((ROOT, AT, JOINED), (MOD, AT, CLAIMED), (MOD, after(minutes=14), DECIDED))
    taken_over = msgspec.structs.replace(CLAIMED, taken_from=MOD)
    see((ROOT, AT, JOINED), (MOD, AT, CLAIMED), (ROOT, AT, taken_over), (ROOT, AT, DECIDED))
    see((MOD, AT, CLAIMED), (SUE, UNTIL, CLAIMED))


@pytest.mark.parametrize(
    "told",
    [
        [(ROOT, AT, JOINED), (MOD, AT, DECIDED)],
        [(ROOT, AT, JOINED), (MOD, AT, CLAIMED), (SUE, AT, DECIDED)],
        [(ROOT, AT, JOINED), (MOD, AT, CLAIMED), (MOD, UNTIL, DECIDED)],
        [(ROOT, AT, JOINED), (MOD, AT, CLAIMED), (MOD, AT, CaseReleased(target=TARGET)), (MOD, AT, DECIDED)],
        [(ROOT, AT, JOINED), (MOD, AT, CLAIMED), (ADA, AT, EDITED), (MOD, AT, DECIDED)],
        [(MOD, AT, CLAIMED), (SUE, AT, CLAIMED)],
        [(MOD, AT, CLAIMED), (SUE, AT, msgspec.structs.replace(CLAIMED, taken_from=MOD))],
        [(MOD, AT, CLAIMED), (ROOT, AT, CLAIMED)],
        [(SUE, AT, NoteAdded(target=TARGET, text="n", claimed_until=UNTIL))],
        [(MOD, AT, CLAIMED), (MOD, AT, DECIDED)],
        [(ROOT, AT, JOINED), (ROOT, AT, JOINED)],
        [
            (ROOT, AT, JOINED), (MOD, AT, CLAIMED), (MOD, AT, DECIDED), (MOD, AT, CLAIMED),
            (MOD, AT, msgspec.structs.replace(DECIDED, decision=OTHER)),
        ],
    ],
    ids=[
        "no claim", "another's claim", "ran out", "released", "stale", "two claims", "taken over by no admin",
        "taken over without a record", "a note that claims", "a report that isn't there", "joined twice",
        "answered twice",
    ],
)  # fmt: skip
def test_what_is_broken_is_found(told: list[tuple[str, str, Event]]):
    with pytest.raises(AssertionError):
        see(*told)

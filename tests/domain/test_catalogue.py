"""The catalogue of acts: an incomplete row, or an event without one, fails at start; and rows keep their word."""

import json
from typing import Any

import msgspec
import pytest

from domain.catalogue import ACTS, BY_COMMAND, BY_EVENT, NO_ACTS, by_type
from domain.catalogue.act import Act, Final, Told, Undo, check
from domain.comment import RemoveComment
from domain.errors import Refused, Sentence
from domain.handlers import all_handlers
from domain.messages import Command
from domain.post import LockPost, RestorePost
from tests.domain.case import COMMENT, POST, Case, added, people, published

LOCK = BY_COMMAND[LockPost]
FLAGS = [act for act in ACTS if isinstance(act.undo, Undo) and act.to is not None and act.subject != "like"]
IDS = {"post": POST, "comment": COMMENT}


def command_of(kind: type[Command], subject: str) -> Command:
    return kind(**{subject: IDS[subject], "reason": "Because"})


def state(case: Case, act: Act) -> Any:
    return getattr(getattr(case.bus.aggregates(), act.subject)(IDS[act.subject]), act.changes)


def test_every_command_with_an_event_of_an_act_is_handled():
    assert set(BY_COMMAND) <= set(all_handlers())
    assert set(BY_EVENT) | {event.type for event in NO_ACTS} == set(by_type())


@pytest.mark.parametrize("field", Act.__struct_fields__)
def test_a_row_that_leaves_something_out_cant_be_built(field: str):
    stated = {name: getattr(LOCK, name) for name in Act.__struct_fields__ if name != field}
    with pytest.raises(TypeError, match=field):
        Act(**stated)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"told": None}, "nobody is told"),
        ({"told": Told(history=None, log=LOCK.told.log, owner=LOCK.told.owner)}, "no sentence"),
        ({"told": Told(history=LOCK.told.history, log=LOCK.told.log, owner=None)}, "nobody is told"),
        ({"told": Told(history=LOCK.told.history, log=Sentence("%(who)s did"), owner=LOCK.told.owner)}, "lacks one"),
        ({"name": Sentence(" ")}, "lacks one"),
        ({"undo": Undo(RemoveComment, Sentence("Done."))}, "changes something else"),
        ({"undo": Undo(RestorePost, Sentence("Done."))}, "changes something else"),
        ({"undo": Undo(LockPost, Sentence("Done."))}, "leaves the same value"),
        ({"undo": Final("For good.")}, "isn't its opposite"),
        ({"to": False}, "leaves the same value"),
    ],
)
def test_a_row_that_isnt_whole_fails(changed: dict[str, Any], fault: str):
    rows = [msgspec.structs.replace(LOCK, **changed) if act is LOCK else act for act in ACTS]
    with pytest.raises(ValueError, match=fault):
        check(rows, NO_ACTS, by_type())


def test_an_event_without_a_row_fails():
    with pytest.raises(ValueError, match="PostLocked"):
        check([act for act in ACTS if act is not LOCK], NO_ACTS, by_type())


def test_an_event_or_a_command_with_two_rows_fails():
    with pytest.raises(ValueError, match="two rows"):
        check([*ACTS, LOCK], NO_ACTS, by_type())


@pytest.mark.parametrize("act", FLAGS, ids=[act.event.type for act in FLAGS])
def test_an_act_changes_what_its_row_says_and_its_undo_takes_that_back(act: Act):
    assert isinstance(act.undo, Undo)
    case = people().given(published(), added())
    if not act.to:
        case.when(command_of(act.undo.command, act.subject), by="mod")
    assert state(case, act) is not act.to
    case.when(command_of(act.command, act.subject), by="mod")
    assert not isinstance(case.outcome, Refused), case.outcome
    assert [event.type for commit in case.stored for event in commit.events] == [act.event.type]
    assert [json.loads(bytes(event.data))["reason"] for commit in case.stored for event in commit.events] == ["Because"]
    assert state(case, act) is act.to
    case.when(command_of(act.undo.command, act.subject), by="mod")
    assert state(case, act) is not act.to


@pytest.mark.parametrize("act", [act for act in ACTS if act.form], ids=lambda act: act.event.type)
def test_a_reason_is_required_where_the_row_says_so(act: Act):
    ids = {"account": ("handle", "ada"), "post": ("post", POST), "comment": ("comment", COMMENT)}
    field, id = ids[act.subject]
    case = (
        people()
        .given(published(author="bob"), added(author="bob"))
        .when(act.command(**{field: id, "reason": ""}), by="root")
    )
    required = act.form is not None and act.form.reason is not None and act.form.reason.required
    assert isinstance(case.outcome, Refused) is required

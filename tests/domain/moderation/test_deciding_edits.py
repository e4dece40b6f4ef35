"""Decisions that put another text in the place of the author's."""

from typing import Any

from domain.errors import Invalid
from domain.moderation.decision import APPEAL_TERM
from domain.moderation.terms import later
from tests.domain.case import AT, COMMENT, Case, added
from tests.domain.moderation.desk import (
    claim,
    claimed,
    deciding,
    desk,
    filed,
    joined,
    statement,
)

APPEAL_UNTIL = later(AT, APPEAL_TERM)


def about(target: str, *things: Any) -> Case:
    """A case about something else that mod has claimed."""
    story = desk().given(*things).when(filed(target=target), by="bob")
    return joined(story, target=target).when(claim(target=target), by="mod")


def test_an_edit_brings_the_text_as_it_is_stored():
    story = claimed().when(deciding("edit", title="  Calmer   now ", body="Calm\r\nwords"), by="mod")
    assert (statement(story).title, statement(story).body) == ("Calmer now", "Calm\nwords")
    target = f"comment-{COMMENT}"
    story = about(target, added()).when(deciding("edit", target=target, title="T", body="Calm"), by="mod")
    assert (statement(story).title, statement(story).body) == ("", "Calm")
    about(target, added()).when(deciding("edit", target=target, body=" "), by="mod").refused(Invalid, "Body")

"""The text as it was reported beside today's."""

from typing import NamedTuple

from markupsafe import Markup

from readmodel.moderation.queries import TextSeen
from webapp.text import diff


class Compared(NamedTuple):
    """The way from one text to another, in one and as two columns."""

    title: Markup
    left: Markup
    right: Markup


def compare(before: TextSeen | None, after: TextSeen | None) -> Compared | None:
    """None where there is nothing to compare: one is missing or erased, or both are the same."""
    if before is None or after is None or before.erased or after.erased:
        return None
    if (before.title, before.body) == (after.title, after.body):
        return None
    return Compared(diff.inline(before.title, after.title), *diff.side_by_side(before.body, after.body))

"""Two edits that met: what the text is now, beside what the second editor wrote."""

import msgspec
from flask import g
from markupsafe import Markup

from domain.errors import StaleEdit

from . import diff, forms

LABELS = {"title": "Title", "body": "Body", "url": "Link"}


class Collision(msgspec.Struct, frozen=True):
    """One field in which the two texts differ. changes leads from the stored text to the editor's."""

    label: str
    current: str
    changes: Markup


def shown(form: forms.Form) -> list[Collision]:
    """The fields that differ, where this form comes back because of a stale edit; else nothing.

    The form's version moves to the stored one, so that saving again overwrites knowingly.
    """
    problem = g.get("problem")
    refusal = problem.refusal if problem else None
    if not isinstance(refusal, StaleEdit):
        return []
    form["version"].data = str(refusal.version)
    return [
        Collision(LABELS[name], now, diff.words(now, refusal.yours[name]))
        for name, now in refusal.current.items()
        if now != refusal.yours[name]
    ]

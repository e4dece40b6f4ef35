"""Edit conflicts: two edits of one version are merged where they don't overlap, else shown side by side."""

from collections.abc import Mapping

import msgspec
from flask import g
from flask_babel import lazy_gettext
from markupsafe import Markup

from domain.errors import StaleEdit
from domain.text import whole_number
from readmodel.engine.queries import HistoryOf
from readmodel.engine.views import HistoryItem
from webapp.site.database import ask
from webapp.text import diff, merge

from . import forms

LABELS = {"title": lazy_gettext("Title"), "body": lazy_gettext("Body"), "url": lazy_gettext("Link")}


class ConflictingField(msgspec.Struct, frozen=True):
    """A field in which the two texts differ. changes: the diff from the stored text to the one in the form."""

    label: str
    current: str
    changes: Markup


class EditConflict(msgspec.Struct, frozen=True):
    """What to show above the form. merged: it holds both edits; else it holds the second editor's text."""

    fields: list[ConflictingField]
    merged: bool


def merge_into(form: forms.Form, stream: str) -> EditConflict | None:
    """Merges the stored text into a form that comes back because of a stale edit of the stream; None for other forms.

    The form's version moves to the stored one, so that saving again overwrites knowingly.
    """
    problem = g.get("problem")
    refusal = problem.refusal if problem else None
    if not isinstance(refusal, StaleEdit):
        return None
    merged = _merged(refusal, stream, form["version"].data)
    form["version"].data = str(refusal.version)
    for name, text in (merged or {}).items():
        form[name].data = text
    offered = merged or refusal.yours
    return EditConflict(
        fields=[
            ConflictingField(str(LABELS[name]), now, diff.inline(now, offered[name]))
            for name, now in refusal.current.items()
            if now != offered[name]
        ],
        merged=merged is not None,
    )


def _merged(refusal: StaleEdit, stream: str, seen: str) -> dict[str, str] | None:
    """Both edits as one; None where they overlap, or the text that the second one began with is gone."""
    if (version := whole_number(seen)) is None:
        return None
    base = _texts_at(ask(HistoryOf(stream=stream)), version, refusal.current)
    return merge.fields(base, refusal.current, refusal.yours) if base else None


def _texts_at(items: list[HistoryItem], version: int, wanted: Mapping[str, str]) -> dict[str, str] | None:
    """The fields as they were at a version; None where they were erased, or the version is none that an editor saw."""
    if not items or not items[0].version <= version <= items[-1].version:
        return None
    brought = [item for item in items if item.version <= version and (item.body is not None or item.erased)]
    if not brought or brought[-1].erased:
        return None
    return {name: getattr(brought[-1], name) or "" for name in wanted}

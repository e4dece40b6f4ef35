"""The form of a decision: what may be chosen, and the command that it comes to."""

from datetime import timedelta
from typing import Any

from flask_babel import gettext, lazy_gettext
from werkzeug.exceptions import BadRequest

from domain import ids
from domain.errors import Sentence
from domain.moderation.deciding import acts_allowed
from domain.moderation.decision import ACTS, Decide
from domain.moderation.terms import is_moment, later
from domain.text import whole_number
from readmodel.moderation.queries import CaseView
from webapp.pages import forms

from . import rules, words
from .forms import DecideForm
from .targets import Shown

NO_CASE = Sentence("The form doesn't say which case it is about. Your text is kept; open the case again.")
TERMS = {
    "1": lazy_gettext("one day"),
    "7": lazy_gettext("7 days"),
    "30": lazy_gettext("30 days"),
    "90": lazy_gettext("90 days"),
    "date": lazy_gettext("a date"),
    "": lazy_gettext("until a moderator reinstates them"),
}


def for_page(case: CaseView, thing: Shown | None) -> DecideForm:
    """Filled with what was typed, or with today's text; it says what the page shows from now on."""
    form = forms.for_page(
        DecideForm,
        prefix="decide-",
        title=thing.title if thing else "",
        body=thing.body if thing else "",
        rules_version=str(rules.current().version),
    )
    form.seen.data, form.seen_at.data = str(case.version), ids.now()
    return form


def acts(kind: str) -> tuple[str, ...]:
    """Those that may be chosen for such a target, in the order in which they are done."""
    return tuple(act for act in ACTS if act in acts_allowed(kind))


def choices() -> dict[str, Any]:
    """What the form's lists hold, as its template calls them."""
    return {"rules": rules.current().items, "reasons": reasons(), "terms": TERMS}


def reasons() -> dict[str, str]:
    """Templates of reasons: the site's rules by number first."""
    of_rules = {f"rule-{rule.number}": f"{_rule(rule.number)}: {rule.text}" for rule in rules.current().items}
    return of_rules | {name: str(reason) for name, reason in words.REASONS.items()}


def _rule(number: int) -> str:
    return gettext("Rule %(number)s", number=number)


def command(form: DecideForm, target: str, batch: str = "", chosen: tuple[str, ...] | None = None) -> Decide:
    """What the form says about one target. chosen: the acts, by default those that are ticked."""
    return Decide(
        target=target,
        decision=ids.uuid7(),
        acts=ticked(form) if chosen is None else chosen,
        reason=(form.reason.data or "").strip() or reasons().get(form.template.data or "", ""),
        note=form.note.data,
        rule=whole_number(form.rule.data or "0") or 0,
        rules_version=whole_number(form.rules_version.data or "0") or 0,
        until=_until(form),
        points=whole_number(form.points.data or "") or 0,
        title=form.title.data,
        body=form.body.data,
        batch=batch,
        now=ids.now(),
    )


def ticked(form: DecideForm) -> tuple[str, ...]:
    return tuple(act for act in ACTS if form[f"act_{act}"].data)


def seen(form: DecideForm) -> int:
    """The version of the case that whoever decides saw."""
    return forms.parse_number(form.seen.data, NO_CASE)


def _until(form: DecideForm) -> str:
    """Counted from when the page was shown, so that a form sent twice says the same."""
    term = form.term.data or ""
    if term == "date":
        typed = (form.until.data or "").strip()
        return f"{typed}T00:00:00.000000Z" if typed else "-"
    days, base = whole_number(term), form.seen_at.data or ""
    if not days:
        return ""
    if not is_moment(base) or days > 3_650:
        raise BadRequest(NO_CASE)
    return later(base, timedelta(days=days))

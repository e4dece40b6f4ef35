"""/rules: the site's rules as any version published them, their history, and the form by which admins change them."""

from collections.abc import Sequence
from itertools import zip_longest

import msgspec
from flask import Blueprint, Response, make_response, request, url_for
from flask_login import current_user
from markupsafe import Markup, escape

from domain.errors import Forbidden, NotFound, Sentence
from domain.site.rules import MAX_RULE_TEXT_CHARS, MAX_RULE_TITLE_CHARS, MAX_RULES, PublishRules, Rule
from readmodel.site.rules import RulesHistory, RulesView, SiteRules
from webapp.pages import forms
from webapp.server import htmx, page_cache
from webapp.site.auth import needs_login
from webapp.site.commands import flash_note, send
from webapp.site.database import ask
from webapp.text import diff

from . import rules_form

bp = Blueprint("site_rules", __name__)

VERSIONS_PER_PAGE = 20
NO_VERSION = Sentence("There is no such version of the rules.")
LIMITS = {"title": MAX_RULE_TITLE_CHARS, "text": MAX_RULE_TEXT_CHARS, "rules": MAX_RULES}


class RulesStep(msgspec.Struct, frozen=True):
    """One version in the history. changes: what it changed, or the whole text of the first one; None where it, or the
    one before, is erased."""

    view: RulesView
    changes: Markup | None
    first: bool


@bp.get("/rules")
@page_cache.public("version")
def show() -> Response:
    typed = request.args.get("version")
    version = None if typed is None else forms.parse_number(typed, NO_VERSION)
    found = ask(SiteRules(version=version))
    if found is None and version is not None:
        raise NotFound(NO_VERSION)
    return htmx.show("site_rules/show.html", found=found)


@bp.get("/rules/history")
@page_cache.public("before")
def history() -> Response:
    typed = request.args.get("before")
    before = None if typed is None else forms.parse_number(typed, NO_VERSION)
    found = ask(RulesHistory(before=before, limit=VERSIONS_PER_PAGE + 1))
    steps = _steps(found)[:VERSIONS_PER_PAGE]
    older = steps[-1].view.version if len(found) > len(steps) else None
    return htmx.show("site_rules/history.html", steps=steps, older=older)


@bp.get("/rules/edit")
@needs_login
def edit_form() -> Response:
    _require_admin()
    stored = ask(SiteRules())
    rules, version = (stored.rules, stored.version) if stored else ((), 0)
    form = rules_form.to_show(rules, version)
    changes = None
    if form.stale:
        typed = rules_form.as_text([one.rule for one in form.rules])
        changes = diff.inline(rules_form.as_text(rules), typed)
    return htmx.show(
        "site_rules/edit.html", form=form, command_id=forms.new_id(), changes=changes, limits=LIMITS, stored=stored
    )


@bp.post("/rules/edit")
@needs_login
def edit() -> Response:
    form = forms.submitted(forms.Form)
    rules = rules_form.typed_rules(request.form)
    action = request.form.get("action", "")
    if action != "publish":
        return _with_changed_form(rules_form.changed(rules, action))
    seen = forms.parse_number(request.form.get("version", ""), forms.NO_VERSION)
    command = PublishRules(rules=rules_form.without_blank(rules))
    flash_note(send(command, forms.command_id(form), seen=(seen,)))
    return htmx.go(url_for(".show"))


def _with_changed_form(rules: Sequence[Rule]) -> Response:
    """The page of the form again, with these rules in it."""
    rules_form.restore(rules, request.form.get("version", ""))
    return make_response(edit_form())


def _require_admin() -> None:
    if not current_user.is_admin:
        raise Forbidden("Only admins publish rules.")


def _steps(found: Sequence[RulesView]) -> list[RulesStep]:
    """found: newest first."""
    return [_step(view, before) for view, before in zip_longest(found, found[1:])][: len(found)]


def _step(view: RulesView, before: RulesView | None) -> RulesStep:
    if view.erased or (before is not None and before.erased):
        return RulesStep(view, None, before is None)
    text = rules_form.as_text(view.rules)
    changes = escape(text) if before is None else diff.inline(rules_form.as_text(before.rules), text)
    return RulesStep(view, changes, before is None)

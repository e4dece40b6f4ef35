"""Reporting a post, a comment or a profile: the form, and the page that says it came."""

from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_login import current_user

from domain import ids
from domain.errors import Invalid, Sentence
from domain.moderation.report import MAX_LAW_CHARS, MAX_TEXT_CHARS, FileReport
from domain.text import whole_number
from webapp.pages import forms
from webapp.server import htmx
from webapp.site import site, strangers
from webapp.site.commands import flash_note, send

from . import reporters, rules, targets, words
from .forms import ReportForm
from .targets import Shown

bp = Blueprint("reporting", __name__)

OWN = Sentence("This is your own: you can edit or remove it yourself.")
NOTHING_CHOSEN = Sentence("Choose what is wrong with it.")
NO_VERSION = Sentence("The form doesn't say which version you saw. Your text is kept; send it again.")


@bp.get("/report/<named>")
def form(named: str) -> Response:
    found = _reportable(named)
    strangers.remember()
    filled = forms.for_page(ReportForm, version=str(_version(found)), rules_version=str(rules.current().version))
    return htmx.show(
        "desk/report.html",
        form=filled,
        thing=found,
        action=url_for(".file", named=named),
        rules=rules.current().items,
        limits={"text": MAX_TEXT_CHARS, "law": MAX_LAW_CHARS},
        open_form=forms.for_page(forms.Form, prefix="open-"),
        **words.NAMES,
    )


@bp.post("/report/<named>")
def file(named: str) -> Response:
    target, sent = targets.from_address(named), forms.submitted(ReportForm)
    stranger = strangers.remember()
    command = FileReport(
        report=ids.uuid7(),
        target=target.stream,
        version=forms.parse_number(sent.version.data, NO_VERSION),
        text=sent.text.data,
        law=sent.law.data,
        stranger=stranger,
        now=ids.now(),
        **_category(sent),
    )
    flash_note(send(command, forms.command_id(sent), actor=stranger or None))
    report = site.current().bus.aggregates().report(target.stream, reporters.known())
    return htmx.go(url_for(".received", report=report.id))


@bp.get("/reports/<id:report>/received")
def received(report: str) -> Response:
    """It asks nothing of the lists, which may not know the report yet."""
    return htmx.show("desk/received.html", report=report)


def _reportable(named: str) -> Shown:
    found = targets.open_to_viewer(targets.from_address(named))
    if found.author == current_user.handle:
        raise Invalid({"target": OWN})
    return found


def _version(found: Shown) -> int:
    """The version that the page showed which led here, else today's."""
    typed = whole_number(request.args.get("version", ""))
    return typed if typed is not None and 1 <= typed <= found.version else found.version


def _category(sent: ReportForm) -> dict[str, Any]:
    """rule-3 is the third rule of the version that the form had."""
    name, _, number = (sent.category.data or "").partition("-")
    if not name:
        raise Invalid({"category": NOTHING_CHOSEN})
    rule = whole_number(number) or 0
    version = whole_number(sent.rules_version.data or "") or 0
    return {"category": name, "rule": rule, "rules_version": version if rule else 0}

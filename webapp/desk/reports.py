"""One's own reports: how each stands, what came of it, and taking one back."""

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext

from domain import ids
from domain.errors import NotFound
from domain.moderation.report import WithdrawReport
from readmodel.engine.views import Page
from readmodel.moderation.queries import OwnReport, ReportById, ReportsBy
from webapp.pages import forms
from webapp.server import cursors, htmx
from webapp.site import strangers
from webapp.site.commands import flash_note, send
from webapp.site.database import ask

from . import reporters, targets, words

bp = Blueprint("reports", __name__)


@bp.get("/reports")
def index() -> Response:
    reporter = reporters.known()
    listing = f"reports:{reporter}"
    after = cursors.read(listing, request.args.get("after"))
    found = ask(ReportsBy(reporter=reporter, after=after)) if reporter else Page(items=[], next=None)
    further = cursors.write(listing, found.next)
    return htmx.show(
        "desk/reports.html",
        fragment="desk/_reports.html",
        items=found.items,
        next=further and url_for(".index", after=further),
        **words.NAMES,
    )


@bp.get("/reports/<id:report>")
def show(report: str) -> Response:
    found = _own(report)
    return htmx.show(
        "desk/own_report.html",
        report=found,
        href=targets.href(found.target),
        may_appeal=_may_appeal(found),
        form=forms.for_page(forms.Form),
        **words.NAMES,
    )


@bp.post("/reports/<id:report>/withdraw")
def withdraw(report: str) -> Response:
    found, form = _own(report), forms.submitted(forms.Form)
    stranger = strangers.known()
    command = WithdrawReport(target=found.target, stranger=stranger)
    flash_note(send(command, forms.command_id(form), actor=stranger or None))
    flash(gettext("Your report is withdrawn."), "good")
    return htmx.go(url_for(".show", report=report))


def _own(report: str) -> OwnReport:
    """Raises NotFound for another's, which is as if there were none."""
    reporter = reporters.known()
    found: OwnReport | None = ask(ReportById(report=report)) if reporter else None
    if found is None or found.reporter != reporter:
        raise NotFound("You have no such report.")
    return found


def _may_appeal(found: OwnReport) -> bool:
    """A stranger has no account to appeal by."""
    until = found.appeal_until
    return bool(found.decision and until and until > ids.now() and not strangers.known())

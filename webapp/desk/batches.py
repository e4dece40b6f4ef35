"""Batches: decisions that were made together, each part of which is listed, and which are taken back together."""

from flask import Blueprint, Response, flash, url_for
from flask_babel import ngettext
from flask_login import current_user

from domain import ids
from domain.errors import NotFound, Refused
from domain.moderation.decision import TakeBackDecision
from readmodel.moderation.queries import DecisionsOfBatch, Statement
from webapp.pages import forms
from webapp.server import htmx
from webapp.site import i18n
from webapp.site.commands import send
from webapp.site.database import ask

from . import staff, targets, words

bp = Blueprint("batches", __name__)


@bp.get("/moderation/batches/<id:batch>")
def show(batch: str) -> Response:
    staff.require()
    parts = _parts(batch)
    return htmx.show(
        "desk/batch.html",
        batch=batch,
        parts=[(part, targets.find(part.target)) for part in parts if part.author != current_user.handle],
        left=sum(part.state in ("being carried out", "carried out") for part in parts),
        form=forms.for_page(forms.ReasonForm),
        **words.NAMES,
    )


@bp.get("/moderation/batches/<id:batch>/take-back")
def take_back_form(batch: str) -> Response:
    return show(batch)


@bp.post("/moderation/batches/<id:batch>/take-back")
def take_back(batch: str) -> Response:
    """What can't be taken back is named, the rest is."""
    staff.require()
    form = forms.submitted(forms.ReasonForm)
    refused: list[Refused] = []
    open_parts = [part for part in _parts(batch) if part.state not in ("taken back", "overturned")]
    for part in open_parts:
        command = TakeBackDecision(target=part.target, decision=part.id, reason=form.reason.data, now=ids.now())
        try:
            send(command)
        except Refused as refusal:
            refused.append(refusal)
    if open_parts and len(refused) == len(open_parts):
        raise refused[0]
    for one in refused:
        flash(i18n.refusal(one), "error")
    done = len(open_parts) - len(refused)
    flash(ngettext("%(num)s decision is taken back.", "%(num)s decisions are taken back.", done), "good")
    return htmx.go(url_for(".show", batch=batch))


def _parts(batch: str) -> list[Statement]:
    found: list[Statement] = ask(DecisionsOfBatch(batch=batch))
    if not found:
        raise NotFound("There is no such batch of decisions.")
    return found

"""/moderation/bulk/<batch>: how far a bulk removal is, its parts, and taking it back."""

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext

from domain.errors import NotFound
from domain.moderation.bulk import TakeBackBulkRemoval
from readmodel.bulk_removals.answers import BatchById, BatchView, PartsOfBatch
from webapp.desk import staff
from webapp.pages import forms
from webapp.server import cursors, htmx
from webapp.site.auth import needs_login
from webapp.site.commands import flash_note, send
from webapp.site.database import ask

from .states import STATES

bp = Blueprint("bulk_batches", __name__)


@bp.get("/moderation/bulk/<id:batch>")
@needs_login
def show(batch: str) -> Response:
    found = _batch(batch)
    listing = f"bulk-parts:{batch}"
    parts = ask(PartsOfBatch(batch=batch, after=cursors.read(listing, request.args.get("after"))))
    next = cursors.write(listing, parts.next)
    return htmx.show(
        "bulk_removal/batch.html",
        fragment="bulk_removal/_parts.html",
        batch=found,
        states=STATES,
        parts=parts.items,
        next=next and url_for(".show", batch=batch, after=next),
        form=forms.for_page(forms.ReasonForm),
    )


@bp.get("/moderation/bulk/<id:batch>/state")
@needs_login
def state(batch: str) -> Response:
    """How far it is, for the page to ask for again."""
    found = _batch(batch)
    if not htmx.wants_fragment():
        return htmx.go(url_for(".show", batch=batch))
    return htmx.part("bulk_removal/_state.html", batch=found, states=STATES)


@bp.get("/moderation/bulk/<id:batch>/take-back")
@needs_login
def take_back_form(batch: str) -> Response:
    return show(batch)


@bp.post("/moderation/bulk/<id:batch>/take-back")
@needs_login
def take_back(batch: str) -> Response:
    staff.require()
    form = forms.submitted(forms.ReasonForm)
    command = TakeBackBulkRemoval(batch=batch, reason=form.reason.data)
    flash_note(send(command, forms.command_id(form)))
    flash(gettext("What it removed comes back, where nothing happened to it since."), "good")
    return htmx.go(url_for(".show", batch=batch))


def _batch(batch: str) -> BatchView:
    """Raises Forbidden for everybody but moderators whom it isn't about, NotFound where there is none."""
    staff.require()
    found: BatchView | None = ask(BatchById(batch=batch))
    if found is None:
        raise NotFound("There is no such batch.")
    staff.require_not_own(found.account)
    return found

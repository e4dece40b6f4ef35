"""/moderation/people/<handle>/remove: what somebody wrote in a period, and the form that removes all of it."""

from urllib.parse import urlencode

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from werkzeug.exceptions import BadRequest
from wtforms import BooleanField, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice

from domain import account, ids
from domain.errors import NotFound
from domain.moderation.bulk import OrderBulkRemoval
from domain.moderation.case import Claim, OpenCase
from domain.moderation.terms import days_after
from domain.rights import Account
from domain.text import whole_number
from readmodel.bulk_removals.answers import BatchesAbout
from readmodel.bulk_removals.preview import Kind, Written, WrittenCounts, WrittenTexts
from webapp.desk import staff
from webapp.pages import forms
from webapp.server import cursors, htmx
from webapp.site import site
from webapp.site.auth import needs_login
from webapp.site.commands import flash_note, send
from webapp.site.database import ask

from .period import PERIODS, chosen
from .states import STATES

bp = Blueprint("bulk_ordering", __name__)


class RemoveForm(forms.ReasonForm):
    """begins and ends: the period that was previewed. days: how long a suspension lasts, "" for without an end."""

    begins = HiddenField(default="")
    ends = HiddenField(default="")
    previewed = HiddenField(default="0")
    suspends = BooleanField(lazy_gettext("Suspend the account, too"))
    days = SelectField(lazy_gettext("For how long"), choices=[SelectChoice(*term) for term in forms.TERMS_DAYS.items()])


@bp.get("/moderation/people/<handle>/remove")
@needs_login
def show(handle: str) -> Response:
    staff.require()
    person = _person(handle)
    staff.require_not_own(person.handle)
    period = chosen(request.args)
    kind: Kind = "comment" if request.args.get("kind") == "comment" else "post"
    of, since, until = person.id, period.since, period.until
    listing = f"bulk:{person.id}:{kind}:{period.since}"
    after = cursors.read(listing, request.args.get("after"))
    texts = ask(WrittenTexts(account=of, since=since, until=until, kind=kind, after=after))
    counts: WrittenCounts = ask(Written(account=of, since=since, until=until))
    claim = site.current().bus.aggregates().case(account.stream(person.id)).live_claim(ids.now())
    fixed = {"period": "between", "since": period.since, "until": period.until, "kind": kind}
    return htmx.show(
        "bulk_removal/order.html",
        fragment="bulk_removal/_texts.html",
        person=person,
        here=url_for(".show", handle=person.handle),
        period=period,
        periods=PERIODS,
        kind=kind,
        counts=counts,
        texts=texts.items,
        kept={"period": "between", "since": period.since, "until": period.until},
        next=_next(fixed, cursors.write(listing, texts.next)),
        claim=claim,
        is_claimed=claim is not None and claim.by == current_user.account,
        form=forms.for_page(RemoveForm, begins=period.since, ends=period.until, previewed=str(counts.all)),
        earlier=ask(BatchesAbout(account=person.id)),
        states=STATES,
    )


@bp.post("/moderation/people/<handle>/remove")
@needs_login
def order(handle: str) -> Response:
    person, form = _person(handle), forms.submitted(RemoveForm)
    if (days := form.days.data or "") not in forms.TERMS_DAYS:
        raise BadRequest("A suspension lasts as long as the form offers.")
    now = ids.now()
    command = OrderBulkRemoval(
        batch=ids.uuid7(),
        handle=person.id,
        since=form.begins.data or "",
        until=form.ends.data or "",
        reason=form.reason.data,
        suspends=bool(form.suspends.data),
        suspended_until=f"{days_after(now, int(days))[:10]}T23:59:59.000000Z" if days else "",
        previewed=whole_number(form.previewed.data or "") or 0,
        now=now,
    )
    sent = flash_note(send(command, forms.command_id(form)))
    return htmx.go(url_for("bulk_batches.show", batch=sent.receipt.subject))


@bp.get("/moderation/people/<handle>/remove/claim")
@needs_login
def claim_form(handle: str) -> Response:
    return show(handle)


@bp.post("/moderation/people/<handle>/remove/claim")
@needs_login
def claim(handle: str) -> Response:
    """The case about the account, which is opened where there is none that waits."""
    person, form = _person(handle), forms.submitted(forms.Form)
    target, now = account.stream(person.id), ids.now()
    known = site.current().bus.aggregates().case(target)
    is_open = known.exists and not known.decided
    command = Claim(target=target, now=now) if is_open else OpenCase(target=target, now=now)
    flash_note(send(command, forms.command_id(form)))
    flash(gettext("The case about this account is yours for 15 minutes."), "good")
    return htmx.go(_with(url_for(".show", handle=person.handle), dict(request.args)))


def _person(handle: str) -> Account:
    """Raises NotFound where nobody is called so."""
    found = site.current().bus.aggregates().account_named(handle)
    if not found.exists or found.closed or not found.handle:
        raise NotFound("Nobody here has this handle.")
    return found


def _next(kept: dict[str, str], after: str | None) -> str | None:
    return after and _with(request.path, {**kept, "after": after})


def _with(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path

"""Deciding: about one case, or about many that were selected, as a batch."""

from typing import NamedTuple

from flask import Blueprint, Response, flash, g, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import BadRequest, PreconditionFailed

from domain import ids
from domain.errors import Conflict, Refused, Sentence, Stale
from domain.moderation.case import Claim
from domain.moderation.decision import ACTS
from domain.moderation.targets import parse
from domain.text import whole_number
from readmodel.moderation.queries import CaseById, CaseDetails, CaseView
from webapp.pages import forms
from webapp.server import htmx
from webapp.site import i18n
from webapp.site.commands import flash_note, send
from webapp.site.database import ask

from . import cases, deciding_form, rules, staff, targets, words
from .forms import DecideForm

bp = Blueprint("deciding", __name__)

MAX_SELECTED = 60
STALE = Sentence(
    "Something new came in since you opened this page. What you typed is still there; look at what is new."
)


@bp.get("/moderation/cases/<target>/decide")
def form(target: str) -> Response:
    return cases.show(target)


@bp.post("/moderation/cases/<target>/decide")
def decide(target: str) -> Response:
    typed = forms.submitted(DecideForm)
    command = deciding_form.command(typed, target)
    try:
        sent = send(command, forms.command_id(typed), seen=(deciding_form.seen(typed),))
    except Stale as stale:
        raise PreconditionFailed(STALE) from stale
    flash_note(sent)
    if "escalate" in command.acts:
        flash(gettext("It waits for an admin."), "good")
    else:
        flash(gettext("Decided. It is being carried out."), "good")
    return htmx.go(url_for("cases.show", target=target))


class Selected(NamedTuple):
    """A case of a batch, at the version that the page showed."""

    version: int
    target: str

    def __str__(self) -> str:
        return f"{self.version}:{self.target}"


@bp.get("/moderation/decide")
def batch_form() -> Response:
    """For the cases that were ticked in the queue."""
    staff.require()
    selected = _recovered() or [_case(target) for target in request.args.getlist("case")[:MAX_SELECTED]]
    if not selected:
        raise BadRequest("Select cases in the queue first.")
    views = [found.case for one in selected if (found := _find(one.target))]
    filled = forms.for_page(DecideForm, prefix="decide-", rules_version=str(rules.current().version))
    filled.cases.data, filled.seen_at.data = " ".join(map(str, selected)), ids.now()
    return htmx.show(
        "desk/decide_many.html",
        form=filled,
        selected=views,
        acts=_common_acts(views),
        **deciding_form.choices(),
        **words.NAMES,
    )


@bp.post("/moderation/decide")
def decide_batch() -> Response:
    """Each part by itself: what can't be decided is named, the rest is."""
    staff.require()
    typed = forms.submitted(DecideForm)
    selected = _parse(typed.cases.data or "")
    batch = forms.command_id(typed) or ids.uuid7()
    refused: dict[str, Refused] = {}
    for one in selected:
        try:
            _decide_one(typed, one, batch)
        except Refused as refusal:
            refused[one.target] = refusal
    if selected and len(refused) == len(selected):
        raise next(iter(refused.values()))
    for target, why in refused.items():
        found = targets.find(target)
        flash(f"{found.title or found.author if found else target}: {i18n.refusal(why)}", "error")
    return htmx.go(url_for("batches.show", batch=batch))


def _decide_one(typed: DecideForm, one: Selected, batch: str) -> None:
    """Claims the case, if another hasn't, and decides. Ids of its own for each, by which a repeat is known."""
    command = deciding_form.command(typed, one.target, batch)
    try:
        send(Claim(target=one.target, now=ids.now()), _derived(batch, one.target, 1), wait_s=-1)
        send(command, _derived(batch, one.target, 2), seen=(one.version,))
    except Stale as stale:
        raise Conflict(STALE) from stale


def _derived(batch: str, target: str, step: int) -> str:
    """The id of one part's command: the batch's, turned by the target's and by which of its commands it is."""
    return f"{batch[:-12]}{int(batch[-12:], 16) ^ int(target[-12:], 16) ^ step << 44:012x}"


def _case(target: str) -> Selected:
    found = _find(target)
    if found is None:
        raise BadRequest("There is no such case.")
    return Selected(found.case.version, found.case.id)


def _find(target: str) -> CaseDetails | None:
    found: CaseDetails | None = ask(CaseById(case=parse(target).stream, now=ids.now()))
    return found


def _recovered() -> list[Selected]:
    recovered = g.get("recovered")
    return _parse(recovered.get("cases", "")) if recovered else []


def _parse(typed: str) -> list[Selected]:
    parts = [one.partition(":") for one in typed.split()[:MAX_SELECTED]]
    return [Selected(whole_number(version) or 0, parse(target).stream) for version, _, target in parts]


def _common_acts(views: list[CaseView]) -> tuple[str, ...]:
    """What may be done to each of them; a text of their own can't be given to many."""
    kinds = {view.kind for view in views}
    allowed = set(ACTS).intersection(*(deciding_form.acts(kind) for kind in kinds)) - {"edit", "escalate"}
    return tuple(act for act in ACTS if act in allowed)

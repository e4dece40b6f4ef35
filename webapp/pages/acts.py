"""Routes of acts whose form has a reason and nothing else, generated from the rows of the catalogue."""

from collections.abc import Callable

from flask import Blueprint, Response

from domain.catalogue import forms as acts_with_forms
from domain.catalogue.act import Act, Undo
from domain.errors import Forbidden
from domain.messages import Command
from webapp.pages import forms
from webapp.site import permissions
from webapp.site.auth import needs_login
from webapp.site.commands import Sent, send

FormPage = Callable[[Act, str], Response]
Outcome = Callable[[Sent, Command], Response]


def add_routes(bp: Blueprint, subject: str, form_page: FormPage, outcome: Outcome) -> None:
    """Adds POST /posts/<id>/<verb> for each act that can be undone, and GET for its form where it asks for a reason.

    form_page(act, id) shows the form, outcome(sent, command) what came of it.
    """
    for act in acts_with_forms(subject):
        if act.form is None or not isinstance(act.undo, Undo):
            continue
        rule = f"/{subject}s/<id:{subject}>/{act.verb}"
        bp.add_url_rule(rule, act.verb, needs_login(_command_view(act, outcome)), methods=["POST"])
        if act.form.reason:
            bp.add_url_rule(rule, f"{act.verb}_form", needs_login(_form_view(act, form_page)))


def require(act: Act, thing: permissions.Thing) -> None:
    """Raises Forbidden for a viewer who may not do the act, before they write in vain."""
    if not permissions.do(act, thing):
        whose = "Only a moderator may do that." if act.needs_role else "Only its author or a moderator may do that."
        raise Forbidden(whose)


def _command_view(act: Act, outcome: Outcome) -> Callable[..., Response]:
    def view(**ids: str) -> Response:
        form = forms.submitted(forms.ReasonForm)
        command = act.command(**ids, reason=form.reason.data)
        return outcome(send(command, forms.command_id(form)), command)

    return view


def _form_view(act: Act, form_page: FormPage) -> Callable[..., Response]:
    def view(**ids: str) -> Response:
        return form_page(act, ids[act.subject])

    return view

"""What others did that the viewer wants to know, the newest first, and a button that says it was read."""

from flask import Blueprint, Response, request, url_for
from werkzeug.exceptions import BadRequest

from domain.account import RoleGranted, RoleRevoked
from readmodel import visits
from readmodel.inbox import NotificationsOf, NotificationView
from readmodel.paging import is_moment

from . import cursors, forms, htmx, site
from .auth import needs_login, viewer
from .database import ask
from .history import VERBS
from .visits import read_until

bp = Blueprint("notifications", __name__)

ROLES = {RoleGranted.type: "gave you a role", RoleRevoked.type: "took a role from you"}


@bp.get("/notifications")
@needs_login
def index() -> Response:
    handle = viewer() or ""
    listing = f"notifications:{handle}"
    found = ask(NotificationsOf(handle=handle, after=cursors.read(listing, request.args.get("after"))))
    after = cursors.write(listing, found.next)
    return htmx.show(
        "notifications/index.html",
        fragment="notifications/_items.html",
        items=found.items,
        next=after and url_for(".index", after=after),
        read_until=read_until() or "",
        said=_said,
        href=_href,
        form=forms.shown(forms.Form),
    )


@bp.post("/notifications/read")
@needs_login
def read() -> Response:
    """Up to the newest that the page showed: what came meanwhile stays new."""
    until = request.form.get("until", "")
    if not is_moment(until):
        raise BadRequest("The page didn't say up to when. Open your notifications again.")
    visits.read(site.current().live.control, viewer() or "", until)
    return htmx.go(url_for(".index"))


def _said(one: NotificationView) -> str:
    """What happened, between the actor's name and the title."""
    match one.what:
        case "answer":
            return "answered your comment on" if one.to_comment else "commented on"
        case "mention":
            return "mentioned you on" if one.stream.startswith("comment-") else "mentioned you in"
    if one.type in ROLES:
        return ROLES[one.type]
    thing = "your account" if one.stream.startswith("account-") else f"your {one.stream.partition('-')[0]}"
    return VERBS.get(one.type, "changed {}").format(thing) + (" on" if one.stream.startswith("comment-") else "")


def _href(one: NotificationView) -> str:
    kind, _, id = one.stream.partition("-")
    return f"/@{id}" if kind == "account" else f"/{kind}s/{id}"

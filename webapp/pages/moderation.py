"""The moderators' page: the moderation log, removed posts and comments, and, for admins, the site's health."""

from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import lazy_gettext
from flask_login import current_user
from markupsafe import Markup

from domain.errors import Forbidden
from domain.handle import is_placeholder
from operational import backup_runs
from readmodel.engine.queries import FindPosts, Moderations, Query, RemovedComments
from readmodel.engine.views import HistoryItem
from webapp.server import cursors, htmx
from webapp.site import database, site
from webapp.site.auth import viewer
from webapp.site.database import ask
from webapp.text import activity

from . import forms

bp = Blueprint("moderation", __name__)

TABS = {
    "log": lazy_gettext("Log"),
    "posts": lazy_gettext("Removed posts"),
    "comments": lazy_gettext("Removed comments"),
    "site": lazy_gettext("The site"),
}


@bp.get("/moderation")
def index() -> Response:
    if not current_user.is_moderator:
        raise Forbidden("Only moderators see this page.")
    tabs = {name: label for name, label in TABS.items() if name != "site" or current_user.is_admin}
    tab = request.args.get("show", "log")
    tab = tab if tab in tabs else "log"
    context = _site() if tab == "site" else _listed(tab)
    fragment = f"moderation/_{tab}.html"
    form = forms.for_page(forms.ReasonForm)
    return htmx.show(
        "moderation/index.html", fragment=fragment, listing=fragment, tab=tab, tabs=tabs, form=form, **context
    )


def _listed(tab: str) -> dict[str, Any]:
    listing = f"moderation:{tab}"
    found = ask(_query(tab, cursors.read(listing, request.args.get("after"))))
    after = cursors.write(listing, found.next)
    return {
        "items": found.items,
        "next": after and url_for(".index", show=tab, after=after),
        "describe": _describe,
    }


def _site() -> dict[str, Any]:
    return {"health": site.current().live.status(), "backups": backup_runs.last(database.control())}


def _query(tab: str, after: Any) -> Query:
    if tab == "posts":
        return FindPosts(removed=True, viewer=viewer(), after=after)
    return RemovedComments(after=after) if tab == "comments" else Moderations(after=after)


def _describe(item: HistoryItem, who: Markup) -> Markup:
    """A row of the moderation log in words: who did what to what."""
    kind, _, id = item.stream.partition("-")
    match kind:
        case "site":
            href = f"/rules?version={item.version}"
        case "account":
            href = "" if is_placeholder(id) else f"/@{id}"
        case _:
            href = f"/{kind}s/{id}/history"
    return activity.in_log(item.type, who, href, f"@{id}")

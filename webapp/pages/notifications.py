"""Notifications of the viewer, newest first, and a button that marks them as read."""

from flask import Blueprint, Response, request, url_for
from flask_babel import lazy_gettext
from markupsafe import Markup
from werkzeug.exceptions import BadRequest

from operational import visits
from readmodel.engine.paging import is_moment
from readmodel.inbox import NotificationsOf, NotificationView
from readmodel.visibility import sees
from webapp.server import cursors, htmx
from webapp.site import database, i18n
from webapp.site.auth import needs_login, person, viewer
from webapp.site.database import ask
from webapp.text import activity

from . import forms
from .unread import read_until, shown_since, unread

bp = Blueprint("notifications", __name__)


@bp.get("/notifications")
@needs_login
def index() -> Response:
    account = viewer() or ""
    listing = f"notifications:{account}"
    after = cursors.read(listing, request.args.get("after"))
    found = ask(NotificationsOf(account=account, since=shown_since(), after=after))
    further = cursors.write(listing, found.next)
    return htmx.show(
        "notifications/index.html",
        fragment="notifications/_items.html",
        items=found.items,
        next=further and url_for(".index", after=further),
        read_until=read_until() or "",
        describe=_describe,
        href=_href,
        sees_post=_sees_post,
        form=forms.for_page(forms.Form),
    )


@bp.get("/notifications/count")
@needs_login
def count() -> Response:
    """The count beside the bell, which a page asks for again. A plain browser gets the list."""
    if not htmx.wants_fragment():
        return htmx.go(url_for(".index"))
    version = i18n.with_language(unread())
    if htmx.matches_etag(version):
        return htmx.not_modified(version)
    return htmx.with_etag(version, htmx.part("notifications/_bell_count.html"))


@bp.post("/notifications/read")
@needs_login
def read() -> Response:
    """Marks notifications as read up to the newest that the page showed: what came meanwhile stays new."""
    until = request.form.get("until", "")
    if not is_moment(until):
        raise BadRequest("The page didn't say up to when. Open your notifications again.")
    visits.mark_read(database.control(), viewer() or "", until)
    return htmx.go(url_for(".index"))


TOLD = {
    "decided": lazy_gettext("A moderator decided about you or what you wrote: [what, why, and how to appeal]"),
    "outcome": lazy_gettext("What you reported was looked at: [what came of it]"),
    "lifted": lazy_gettext("A decision of moderators was taken back: [which one]"),
    "replied": lazy_gettext("A moderator answered your appeal: [the answer]"),
    "resolved": lazy_gettext("Your appeal was decided: [how]"),
}
"""What moderation tells people, of whom and of nobody by name; what stands in [] leads there."""


def _describe(one: NotificationView, who: Markup, thing: Markup) -> Markup:
    """A notification in words; thing is the title of what it is about, as a link to it."""
    if one.what in TOLD:
        return activity.linked(str(TOLD[one.what]), _href(one))
    what = one.type if one.what == "moderation" else one.what
    if one.what == "answer" and one.to_comment:
        what = "answer to comment"
    elif one.what == "mention" and one.stream.startswith("comment-"):
        what = "mention in comment"
    return activity.to_owner(what, who, thing, _href(one))


def _sees_post(one: NotificationView) -> bool:
    """Whether the viewer may see the title: what a moderator did to a comment stays, when its post is removed."""
    who = person()
    return sees(one.post_removed, one.post_author, who.handle, lambda: who.is_moderator)


def _href(one: NotificationView) -> str:
    kind, _, id = one.stream.partition("-")
    return f"/@{id}" if kind == "account" else f"/{kind}s/{id}"

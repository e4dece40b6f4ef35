"""/moderation: the queue of cases, and in its other tabs appeals, the log, what is removed, and the site's health."""

import hashlib
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec
from flask import Blueprint, Response, request, url_for
from flask_babel import lazy_gettext
from flask_login import current_user
from werkzeug.exceptions import BadRequest

from domain import ids
from domain.moderation.report import CATEGORIES
from domain.moderation.targets import KINDS
from readmodel.engine.views import Page
from readmodel.moderation.queries import CASE_STATES, CaseCounts, CaseView, FindAppeals, FindCases
from webapp.pages import forms
from webapp.server import cursors, htmx
from webapp.site import i18n
from webapp.site.database import ask

from . import other_tabs, staff, words

bp = Blueprint("desk", __name__)

TABS = {
    "cases": lazy_gettext("Cases"),
    "appeals": lazy_gettext("Appeals"),
    "log": lazy_gettext("Log"),
    "posts": lazy_gettext("Removed posts"),
    "comments": lazy_gettext("Removed comments"),
    "site": lazy_gettext("The site"),
}
SORTS = {
    "score": lazy_gettext("Most urgent"),
    "oldest": lazy_gettext("Oldest"),
    "newest": lazy_gettext("Newest"),
}
PAGE_CASES = 30
MAX_REFRESHED_CASES = 90
"""A page that holds more of the queue keeps up no longer."""
MAX_SEARCH_CHARS = 200


class Queue(NamedTuple):
    """What of the queue is looked at, as its address says. state: "" for all that waits."""

    state: str = ""
    kind: str = ""
    category: str = ""
    mine: str = ""
    sort: str = "score"
    q: str = ""

    def address(self, **changes: str) -> str:
        """The page's address, with these changes."""
        shown = {name: value for name, value in self._replace(**changes)._asdict().items() if value}
        if shown.get("sort") == "score":
            del shown["sort"]
        return "/moderation" + (f"?{urlencode(shown)}" if shown else "")

    @property
    def is_filtered(self) -> bool:
        return any((self.kind, self.category, self.mine, self.q))

    def query(self, now: str, after: Any, limit: int) -> FindCases:
        chosen: dict[str, Any] = {"state": self.state or None, "sort": self.sort, "kind": self.kind or None}
        return FindCases(
            now=now,
            category=self.category or None,
            claimed_by=current_user.account if self.mine else None,
            q=self.q,
            after=after,
            limit=limit,
            **chosen,
        )


@bp.get("/moderation")
def index() -> Response:
    staff.require()
    tabs = {name: label for name, label in TABS.items() if name != "site" or current_user.is_admin}
    tab = request.args.get("show", "cases")
    tab = tab if tab in tabs else "cases"
    if tab == "cases":
        return _cases(tabs)
    context = _appeals() if tab == "appeals" else other_tabs.context(tab)
    fragment = "desk/_appeals.html" if tab == "appeals" else f"moderation/_{tab}.html"
    form = forms.for_page(forms.ReasonForm)
    return htmx.show(
        "moderation/index.html",
        fragment=fragment,
        listing=fragment,
        tab=tab,
        tabs=tabs,
        form=form,
        **context,
        **words.NAMES,
    )


@bp.get("/moderation/queue")
def refresh() -> Response:
    """As much of the queue as the page holds, for the page to morph into."""
    staff.require()
    queue = _read()
    if not htmx.wants_fragment():
        return htmx.go(queue.address())
    limit = PAGE_CASES * (1 + len(request.args.getlist("more")))
    if limit > MAX_REFRESHED_CASES:
        return htmx.part("desk/_nothing.html", 204)
    context = _listed(queue, None, limit)
    shown = msgspec.json.encode([i18n.current(), context["items"], context["counts"], bool(context["next"])])
    version = hashlib.blake2b(shown, digest_size=12).hexdigest()
    if htmx.matches_etag(version):
        return htmx.not_modified(version)
    return htmx.with_etag(version, htmx.part("desk/_queue.html", more=limit > PAGE_CASES, **context))


def _cases(tabs: Any) -> Response:
    queue = _read()
    after = cursors.read(_listing(queue), request.args.get("after"))
    context = _listed(queue, after, PAGE_CASES)
    if after and htmx.wants_fragment():
        return htmx.part("desk/_cases.html", further=True, **context)
    return htmx.show("desk/queue.html", tab="cases", tabs=tabs, **context)


def _listed(queue: Queue, after: Any, limit: int) -> dict[str, Any]:
    now = ids.now()
    found: Page[CaseView] = ask(queue.query(now, after, limit))
    further = cursors.write(_listing(queue), found.next)
    counts = ask(CaseCounts(now=now))
    return {
        "queue": queue,
        "items": [case for case in found.items if case.author != current_user.handle],
        "next": further and queue.address() + ("&" if "?" in queue.address() else "?") + urlencode({"after": further}),
        "counts": counts,
        "sorts": SORTS,
        "now": now,
        **words.NAMES,
    }


def _listing(queue: Queue) -> str:
    return f"cases:{queue.address()}"


def _read() -> Queue:
    """Raises BadRequest for what no link of ours says."""
    typed = {name: request.args.get(name, "") for name in Queue._fields}
    typed["sort"] = typed["sort"] or "score"
    typed["q"] = typed["q"][:MAX_SEARCH_CHARS].strip()
    known = {"state": CASE_STATES, "kind": KINDS, "category": CATEGORIES, "sort": tuple(SORTS), "mine": ("1",)}
    for name, values in known.items():
        if typed[name] and typed[name] not in values:
            raise BadRequest("The queue has no such part.")
    return Queue(**typed)


def _appeals() -> dict[str, Any]:
    after = cursors.read("appeals", request.args.get("after"))
    found = ask(FindAppeals(after=after))
    further = cursors.write("appeals", found.next)
    return {"items": found.items, "next": further and url_for(".index", show="appeals", after=further)}

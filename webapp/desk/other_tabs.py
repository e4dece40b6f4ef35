"""Tabs beside the queue: the moderation log, removed posts and comments, and, for admins, the site's health."""

from typing import Any

from flask import request, url_for
from markupsafe import Markup

from domain.handle import is_placeholder
from operational import backup_runs
from readmodel.engine.queries import FindPosts, Moderations, Query, RemovedComments
from readmodel.engine.views import HistoryItem
from webapp.server import cursors
from webapp.site import database, site
from webapp.site.auth import viewer
from webapp.site.database import ask
from webapp.text import activity


def context(tab: str) -> dict[str, Any]:
    """What the tab's template needs."""
    return _site() if tab == "site" else _listed(tab)


def _listed(tab: str) -> dict[str, Any]:
    listing = f"moderation:{tab}"
    found = ask(_query(tab, cursors.read(listing, request.args.get("after"))))
    after = cursors.write(listing, found.next)
    return {
        "items": found.items,
        "next": after and url_for("desk.index", show=tab, after=after),
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

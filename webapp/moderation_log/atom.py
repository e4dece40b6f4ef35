"""/log.atom: the moderation log as a feed, under the same filters."""

from flask import Blueprint, Response
from markupsafe import Markup

from domain.rights import OPERATOR
from readmodel.moderation.log_pages import LoggedAct
from webapp.pages.atom import Entry, Feed, respond
from webapp.server import page_cache
from webapp.site.database import ask

from . import entries, filters

bp = Blueprint("moderation_log_atom", __name__)


@bp.get("/log.atom")
@page_cache.public(*filters.NAMES)
def feed() -> Response:
    asked = filters.asked()
    return respond(
        Feed(
            id=asked.address("urn:verbatim:log"),
            title="Moderation log · Verbatim",
            path=asked.address("/log"),
            self_path=asked.address("/log.atom"),
            entries=[_entry(one) for one in ask(asked.query()).items],
        )
    )


def _entry(entry: LoggedAct) -> Entry:
    who = "the operator" if entry.actor == OPERATOR else entry.actor
    why = "The reason was erased for good." if entry.erased else entry.reason or ""
    role = f" ({entry.role})" if entry.role else ""
    return Entry(
        id=f"urn:verbatim:log:{entry.id}",
        title=entries.plain_sentence(entry, who) + role,
        path=entries.address(entry) or "/log",
        author=entry.actor,
        content=Markup("<p>%s%s</p>") % (entries.sentence(entry, Markup.escape(who)), role)
        + (Markup("<p>%s</p>") % why if why else Markup()),
        published=entry.at,
        updated=entry.at,
    )

"""/log: what moderators and admins did to what isn't theirs, for everybody, filtered, a page at a time."""

from flask import Blueprint, Response, request

from domain.catalogue import BY_EVENT
from domain.errors import Sentence
from readmodel.moderation.log import KINDS
from webapp.server import cursors, htmx, page_cache
from webapp.site.database import ask

from . import entries, filters

bp = Blueprint("moderation_log", __name__)

SUBJECTS = {
    "post": Sentence("Posts"),
    "comment": Sentence("Comments"),
    "account": Sentence("Accounts"),
    "site": Sentence("The site"),
}


@bp.get("/log")
@page_cache.public(*filters.NAMES, "after")
def index() -> Response:
    asked = filters.asked()
    listing = ":".join(("log", *asked))
    found = ask(asked.query(cursors.read(listing, request.args.get("after"))))
    after = cursors.write(listing, found.next)
    return htmx.show(
        "moderation_log/index.html",
        fragment="moderation_log/_items.html",
        items=found.items,
        next=after and asked.address("/log", after=after),
        asked=asked,
        filtered=any(asked),
        address=asked.address("/log"),
        feed=asked.address("/log.atom"),
        data=asked.address("/api/v1/log"),
        kinds={kind: BY_EVENT[kind].name for kind in KINDS},
        subjects=SUBJECTS,
        sentence=entries.sentence,
    )

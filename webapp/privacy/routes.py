"""/privacy: what is kept, who sees it, how long, and what stays, as this site is configured."""

from flask import Blueprint, Response

from webapp.server import htmx
from webapp.site import site

from .catalogue import GROUPS

bp = Blueprint("privacy", __name__)


@bp.get("/privacy")
def show() -> Response:
    settings = site.current().settings
    return htmx.show(
        "privacy/show.html",
        groups=GROUPS,
        retention=settings.retention,
        has_topic=settings.has_topic,
        leave_after=settings.leave_after,
    )

"""The sitemap: an index of months, for each the posts that everybody may read, with when their words last changed.

Each file is a function of what the read model says, asked by `ask` alone: strangers' pages are cached whole, and a post
that is removed or erased is gone from it at the next request.
"""

import re

from flask import Blueprint, Response, render_template
from werkzeug.exceptions import NotFound

from readmodel.newest import ListedMonths, ListedPosts
from readmodel.site.rules import SiteRules
from webapp.server import page_cache
from webapp.site.database import ask

bp = Blueprint("sitemap", __name__)

XML = "application/xml"
_MONTH = re.compile(r"(?!0000)[0-9]{4}-(0[1-9]|1[0-2])\Z")


@bp.get("/sitemap.xml")
@page_cache.public()
def index() -> Response:
    has_rules = ask(SiteRules()) is not None
    text = render_template("discovery/sitemap_index.xml", months=ask(ListedMonths()), pages=has_rules)
    return Response(text, mimetype=XML)


@bp.get("/sitemaps/pages.xml")
@page_cache.public()
def pages() -> Response:
    """Pages that are about the site itself."""
    if (rules := ask(SiteRules())) is None:
        raise NotFound
    listed = [("/rules", rules.published_at)]
    return Response(render_template("discovery/sitemap.xml", listed=listed), mimetype=XML)


@bp.get("/sitemaps/<month>.xml")
@page_cache.public()
def month(month: str) -> Response:
    posts = ask(ListedPosts(month=month)) if _MONTH.match(month) else []
    if not posts:
        raise NotFound
    listed = [(f"/posts/{id}", changed_at) for id, changed_at in posts]
    return Response(render_template("discovery/sitemap.xml", listed=listed), mimetype=XML)
